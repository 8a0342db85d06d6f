import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Json } from "@throughline/kernel";
import { gone, NUMBER_UNKNOWN } from "../check/same.ts";
import { bytesOf, digestOf, upload } from "../content.ts";
import { modelOf } from "./ground.ts";
import { createRun } from "./runs.ts";
import type { Load, Writer } from "./writer.ts";

interface Made {
  readonly name: string;
  readonly number: number;
  readonly cell: string;
  value: { readonly [key: string]: Json };
}

/** Versions of the files of a run, with stages and tags; every second one is deleted. */
export const writeVersions: Writer = async (load) => {
  const model = modelOf(load.life);
  for (let number = 1; ; number++) {
    const source = await makeSource(load, `v${load.id}-${number}`);
    const first = await createVersion(load, { model, request: `${load.id}-${number}a`, source });
    const version = await createVersion(load, { model, request: `${load.id}-${number}b`, source });
    await setStage(load, version, "Staging");
    await setTags(load, version);
    await setStage(load, version, "Production");
    await deleteVersion(load, first);
    await tagModel(load, model, String(number));
  }
};

interface Source {
  readonly parent: string;
  readonly files: Readonly<Record<string, string>>;
}

/** A run with files, which the platform pins in a version. */
async function makeSource(load: Load, id: string): Promise<Source> {
  const { services, pen, random } = load;
  const { files } = services;
  const { name: run, value } = await createRun(load, id, "");
  const kept: Record<string, string> = {};
  for (const name of ["a.bin", "b.bin"]) {
    const bytes = bytesOf(`${id} ${name}`, random);
    const digest = digestOf(bytes);
    kept[name] = digest;
    await pen.write({
      what: "upload a file",
      changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
      call: () => upload(services, bytes),
    });
  }
  const put = Object.entries(kept).map(([name, digest]) => ({ path: `model/${name}`, digest }));
  const stored = Object.fromEntries(put.map((it) => [it.path, it.digest]));
  await pen.write({
    what: "put files into a run",
    changes: [{ cell: `run:${id}`, value: { ...value, files: stored } }],
    call: () => files.putFiles({ parent: run, files: put }),
  });
  return { parent: run, files: kept };
}

async function createVersion(
  { services, pen }: Load,
  { model, request, source }: { readonly model: string; readonly request: string; readonly source: Source },
): Promise<Made> {
  const { registry, parent } = services;
  const cell = `version:${model}/${request}`;
  const value = { number: NUMBER_UNKNOWN, stage: "None", tags: {}, files: source.files };
  const message = {
    parent: `${parent}/models/${model}`,
    requestId: `${model} ${request}`,
    version: { description: request, source: { parent: source.parent, path: "model" }, format: ModelFormat.OPAQUE },
  };
  const changes = [{ cell, value }];
  const answer = await pen.write({
    what: "create a model version",
    changes,
    retry: { method: "createModelVersion", request: message, changes },
    call: () => registry.createModelVersion(message),
    learnt: (it) => [{ cell, value: { ...value, number: Number(it.version?.version) } }],
  });
  const number = Number(answer?.version?.version);
  return { name: answer?.version?.name ?? "", number, cell, value: { ...value, number } };
}

async function setStage({ services, pen }: Load, version: Made, stage: string): Promise<void> {
  version.value = { ...version.value, stage };
  await pen.write({
    what: "move a version to a stage",
    changes: [{ cell: version.cell, value: version.value }],
    call: () => services.registry.transitionModelVersion({ name: version.name, stage, reason: "written" }),
  });
}

async function setTags({ services, pen }: Load, version: Made): Promise<void> {
  version.value = { ...version.value, tags: { number: String(version.number) } };
  await pen.write({
    what: "set a tag of a version",
    changes: [{ cell: version.cell, value: version.value }],
    call: () =>
      services.registry.setModelVersionTags({
        name: version.name,
        tags: { number: String(version.number) },
        reason: "written",
      }),
  });
}

async function deleteVersion({ services, pen }: Load, version: Made): Promise<void> {
  await pen.write({
    what: "delete a version",
    changes: [{ cell: version.cell, value: gone(version.number) }],
    call: () => services.registry.deleteModelVersion({ name: version.name, reason: "written" }),
  });
}

/** A tag of the writer's own: others set theirs at the same time. */
async function tagModel({ services, pen, id }: Load, model: string, value: string): Promise<void> {
  const name = `${services.parent}/models/${model}`;
  await pen.write({
    what: "set a tag of a model",
    changes: [{ cell: `modelTag:${model}/${id}`, value }],
    call: () => services.registry.setModelTags({ name, tags: { [id]: value }, reason: "written" }),
  });
}
