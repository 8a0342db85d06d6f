import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import type { Json } from "@throughline/kernel";
import { bytesOf, digestOf, pointsOf, upload } from "../content.ts";
import { whole } from "../random.ts";
import { EXPERIMENT } from "./ground.ts";
import { pause } from "./pause.ts";
import type { Load, Writer } from "./writer.ts";

/** What is to be read of a run. */
interface RunValue {
  readonly [key: string]: Json;
  readonly title: string;
  readonly state: string;
  readonly parent: string;
  readonly stage: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly points: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, string>>;
}

/** A run, and what was acknowledged of it. */
interface Written {
  readonly id: string;
  readonly name: string;
  value: RunValue;
}

export const writeRuns: Writer = async (load) => {
  for (let number = 1; ; number++) {
    const run = await createRun(load, `r${load.id}-${number}`, "");
    const steps = whole(load.random, 2, 6);
    for (let i = 0; i < steps; i++) await STEPS[whole(load.random, 0, STEPS.length - 1)]?.(load, run);
    if (load.random() < 0.5) await endRun(load, run);
    if (load.random() < 0.4) await deleteRun(load, run);
  }
};

/** Creates a run, within another if `parent` is not empty. */
export async function createRun({ services, pen }: Load, id: string, parent: string): Promise<Written> {
  const { tracking, parent: project } = services;
  const value: RunValue = {
    title: `run ${id}`,
    state: "RUNNING",
    parent,
    stage: "ACTIVE",
    params: {},
    tags: { kind: "written" },
    points: {},
    files: {},
  };
  const run = {
    experiment: `${project}/experiments/${EXPERIMENT}`,
    displayName: value.title,
    tags: { ...value.tags },
    parentRun: parent === "" ? "" : `${project}/runs/${parent}`,
  };
  await pen.write({
    what: parent === "" ? "create a run" : "create a nested run",
    changes: [{ cell: `run:${id}`, value }],
    call: () => tracking.createRun({ parent: project, runId: id, run }),
  });
  return { id, name: `${project}/runs/${id}`, value };
}

/** A change of a run: what it does, what the run is then, and the call. */
async function change(
  { pen }: Load,
  run: Written,
  {
    what,
    value,
    call,
  }: { readonly what: string; readonly value: RunValue | null; readonly call: () => Promise<unknown> },
): Promise<void> {
  await pen.write({ what, changes: [{ cell: `run:${run.id}`, value }], call });
  if (value) run.value = value;
}

type Step = (load: Load, run: Written) => Promise<unknown>;

/** Points of several metrics, params and tags in one call: all of it or nothing. */
const logBatch: Step = (load, run) => {
  const { tracking } = load.services;
  const count = whole(load.random, 1, 200);
  const keys = ["loss", "eval/accuracy"].slice(0, whole(load.random, 1, 2));
  const from = (key: string): number => run.value.points[key] ?? 0;
  const params = { [`p${Object.keys(run.value.params).length}`]: String(count) };
  const tags = { latest: String(count) };
  const points = Object.fromEntries(keys.map((key) => [key, from(key) + count]));
  const value: RunValue = {
    ...run.value,
    params: { ...run.value.params, ...params },
    tags: { ...run.value.tags, ...tags },
    points: { ...run.value.points, ...points },
  };
  const metrics = keys.flatMap((key) => pointsOf(key, from(key), from(key) + count));
  return change(load, run, {
    what: "log a batch",
    value,
    call: () => tracking.logBatch({ run: run.name, metrics, params, tags }),
  });
};

const logMetric: Step = (load, run) => {
  const from = run.value.points["loss"] ?? 0;
  return change(load, run, {
    what: "log a metric",
    value: { ...run.value, points: { ...run.value.points, loss: from + 1 } },
    call: () => load.services.tracking.logBatch({ run: run.name, metrics: pointsOf("loss", from, from + 1) }),
  });
};

const setTag: Step = (load, run) => {
  const tags = { [`t${whole(load.random, 0, 3)}`]: String(whole(load.random, 0, 1_000_000)) };
  return change(load, run, {
    what: "set a tag",
    value: { ...run.value, tags: { ...run.value.tags, ...tags } },
    call: () => load.services.tracking.logBatch({ run: run.name, tags }),
  });
};

const removeTag: Step = async (load, run) => {
  const { latest, ...tags } = run.value.tags;
  if (latest === undefined) return;
  await change(load, run, {
    what: "remove a tag",
    value: { ...run.value, tags },
    call: () => load.services.tracking.deleteRunTags({ run: run.name, keys: ["latest"] }),
  });
};

/** Uploads up to three files, and gives them to the run in one call. */
const putFiles: Step = async (load, run) => {
  const { services, pen, random } = load;
  const files: Record<string, string> = {};
  for (let left = whole(random, 1, 3); left > 0; left--) {
    const bytes = bytesOf(`${run.id} ${random()}`, random);
    const digest = digestOf(bytes);
    await pen.write({
      what: "upload a file",
      changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
      call: () => upload(services, bytes),
    });
    files[`out/${whole(random, 0, 5)}.bin`] = digest;
  }
  const put = Object.entries(files).map(([path, digest]) => ({ path, digest }));
  return change(load, run, {
    what: "put files into a run",
    value: { ...run.value, files: { ...run.value.files, ...files } },
    call: () => services.files.putFiles({ parent: run.name, files: put }),
  });
};

const deleteFile: Step = async (load, run) => {
  const [path] = Object.keys(run.value.files);
  if (path === undefined) return;
  const { [path]: _, ...files } = run.value.files;
  await change(load, run, {
    what: "delete a file",
    value: { ...run.value, files },
    call: () => load.services.files.deleteFiles({ parent: run.name, path }),
  });
};

const nest: Step = (load, run) => createRun(load, `${run.id}n${whole(load.random, 0, 1e9)}`, run.id);

const STEPS: readonly Step[] = [
  logBatch,
  logBatch,
  logMetric,
  logMetric,
  setTag,
  removeTag,
  putFiles,
  deleteFile,
  nest,
];

const endRun: Step = (load, run) => {
  const state = load.random() < 0.8 ? "FINISHED" : "FAILED";
  return change(load, run, {
    what: "end a run",
    value: { ...run.value, state },
    call: () =>
      load.services.tracking.updateRun({
        run: { name: run.name, state: RunState[state] },
        updateMask: { paths: ["state"] },
      }),
  });
};

/** Deletes a run, and then lets it be, takes it back, or removes it for good. */
const deleteRun: Step = async (load, run) => {
  const { tracking } = load.services;
  const { name } = run;
  const deleted = { ...run.value, stage: "DELETED" };
  await change(load, run, { what: "delete a run", value: deleted, call: () => tracking.deleteRun({ name }) });
  const next = load.random();
  if (next < 0.3) {
    const restored = { ...run.value, stage: "ACTIVE" };
    await change(load, run, { what: "restore a run", value: restored, call: () => tracking.restoreRun({ name }) });
  } else if (next < 0.7)
    await change(load, run, { what: "purge a run", value: null, call: () => tracking.purgeRun({ name }) });
};

/** Runs with ids of the platform's own: a request id alone tells them from a second one. */
export const writeRequests: Writer = async ({ services, pen, random, id }) => {
  const { tracking, parent } = services;
  for (let number = 1; ; number++) {
    const requestId = `q${id}-${number}`;
    const run = { experiment: `${parent}/experiments/${EXPERIMENT}`, tags: { request: requestId } };
    const changes = [{ cell: `request:${requestId}`, value: 1 }];
    const request = { parent, requestId, run };
    await pen.write({
      what: "create a run by request id",
      changes,
      retry: { method: "createRun", request, changes },
      call: () => tracking.createRun(request),
    });
    await pause(random);
  }
};
