import { ModelFormat } from "@throughline/contracts/throughline/registry/v1/model_pb";
import { NUMBER_UNKNOWN } from "../check/same.ts";
import { digestOf, unlessMissing, upload } from "../content.ts";
import { KILLS_PER_WHOLE } from "../lines.ts";
import type { Load } from "./writer.ts";

/** The experiment that all runs are in. */
export const EXPERIMENT = "crash";

/** The experiment of all studies: their runs have ids of the platform's own. */
export const STUDIES_EXPERIMENT = "studies";

/** New models are begun whenever everything was compared. */
const periodOf = (life: number): number => Math.floor(life / KILLS_PER_WHOLE);

/** The model that a process writes versions of. */
export const modelOf = (life: number): string => `model-${periodOf(life)}`;

/** The model whose alias several writers want. */
export const contestedOf = (life: number): string => `contested-${periodOf(life)}`;

/** How many versions that model has. */
export const CONTESTED_VERSIONS = 5;

type Ground = Pick<Load, "services" | "pen" | "life">;

/** Makes what the writers write to, as far as no process before has made it. */
export async function prepareGround(ground: Ground): Promise<void> {
  await ensureExperiment(ground, EXPERIMENT);
  await ensureExperiment(ground, STUDIES_EXPERIMENT);
  await ensureModel(ground, modelOf(ground.life));
  await ensureModel(ground, contestedOf(ground.life));
  await ensureContestedVersions(ground);
}

async function ensureExperiment({ services: { tracking, parent }, pen }: Ground, experimentId: string): Promise<void> {
  if (await unlessMissing(tracking.getExperiment({ name: `${parent}/experiments/${experimentId}` }))) return;
  await pen.write({
    what: "create an experiment",
    changes: [{ cell: `experiment:${experimentId}`, value: { title: experimentId, tags: {}, stage: "ACTIVE" } }],
    call: () => tracking.createExperiment({ parent, experimentId, experiment: { displayName: experimentId } }),
  });
}

async function ensureModel({ services: { registry, parent }, pen }: Ground, modelId: string): Promise<void> {
  if (await unlessMissing(registry.getModel({ name: `${parent}/models/${modelId}` }))) return;
  await pen.write({
    what: "create a model",
    changes: [{ cell: `model:${modelId}`, value: { description: modelId } }],
    call: () => registry.createModel({ parent, modelId, model: { description: modelId } }),
  });
}

async function ensureContestedVersions({ services, pen, life }: Ground): Promise<void> {
  const { registry, parent } = services;
  const contested = contestedOf(life);
  const model = `${parent}/models/${contested}`;
  const newest = Number((await registry.getModel({ name: model })).model?.latestVersion ?? 0n);
  for (let number = newest + 1; number <= CONTESTED_VERSIONS; number++) {
    const bytes = Buffer.from(`contested ${number}`);
    const digest = digestOf(bytes);
    await pen.write({
      what: "upload a file",
      changes: [{ cell: `artifact:${digest}`, value: bytes.length }],
      call: () => upload(services, bytes),
    });
    const cell = `version:${contested}/contested-${number}`;
    const value = { number: NUMBER_UNKNOWN, stage: "None", tags: {}, files: {} };
    const version = { digest, description: `contested-${number}`, format: ModelFormat.OPAQUE };
    await pen.write({
      what: "create a model version",
      changes: [{ cell, value }],
      call: () => registry.createModelVersion({ parent: model, version }),
      learnt: (it) => [{ cell, value: { ...value, number: Number(it.version?.version) } }],
    });
  }
}
