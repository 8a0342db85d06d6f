import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Connection } from "@throughline/client";
import { type Experiment, LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { type Run, RunState, type StoredText } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { digestOfBytes, MLFLOW_TAGS } from "@throughline/kernel";
import { attempt, equalIn, hasAll, type Import, unlessThere } from "./import.ts";
import { importLoggedModel } from "./import-logged-models.ts";
import { isHopeless, knownMs, refusalOf } from "./import-parts.ts";
import { countLost, importRunContent } from "./import-run-content.ts";
import type { Tally } from "./report.ts";
import type { SourceDataset, SourceExperiment, SourceRun } from "./source.ts";

/** Longest name of a run, in characters. */
const NAME_LENGTH_MAX = 500;

/**
 * Copies an experiment with its runs and logged models, under the ids that they have. What is there already is completed
 * and compared, so that an import can be repeated.
 */
export async function importExperiment(work: Import, experiment: SourceExperiment): Promise<void> {
  const { connection, source, counts } = work;
  const ensured = await ensureExperiment(work, experiment);
  if (!ensured) return counts.add("experiments", 1, 0);
  const { name } = ensured;
  const runs: SourceRun[] = [];
  for await (const run of source.runs(experiment.id)) runs.push(run);
  const created: SourceRun[] = [];
  for (const run of parentsFirst(runs))
    await attempt(work, { kind: "runs", what: `run ${run.id}` }, async () => {
      await createRun(work, run, name).catch(async (error: unknown) => {
        if (!isHopeless(error)) await countLost(work, run);
        throw error;
      });
      created.push(run);
    });
  for await (const model of source.loggedModels(experiment.id))
    await attempt(work, { kind: "logged models", what: `logged model ${model.id}` }, () =>
      importLoggedModel(work, model, name),
    );
  for (const run of created) {
    await attempt(work, { kind: "runs", what: `run ${run.id}` }, () => importRun(work, run));
    work.progress(`${experiment.name}: ${run.name || run.id}`);
  }
  if (experiment.isDeleted) await connection.tracking.deleteExperiment({ name });
  const { experiment: stored } = await connection.tracking.getExperiment({ name });
  const same = stored?.displayName === experiment.name && hasAll(stored.tags, experiment.tags);
  counts.add("experiments", 1, same ? 1 : 0);
  if (!same) counts.problem(`${name} is called "${stored?.displayName}" there, and "${experiment.name}" in MLflow`);
}

/** Undefined if another one has the id: that is noted as a problem. */
async function ensureExperiment(work: Import, it: SourceExperiment): Promise<Experiment | undefined> {
  const { tracking, parent } = work.connection;
  const name = `${parent}/experiments/${it.id}`;
  const there = await tracking.getExperiment({ name }).catch((error: unknown) => {
    if (ConnectError.from(error).code !== Code.NotFound) throw error;
  });
  if (there?.experiment === undefined) {
    const { name: displayName, tags, createTimeMs } = it;
    const experiment = { displayName, tags, ...(createTimeMs > 0 && { createTime: timestampFromMs(createTimeMs) }) };
    return (await tracking.createExperiment({ parent, experimentId: it.id, experiment })).experiment;
  }
  if (there.experiment.displayName !== it.name) {
    const taken = `${name} is called "${there.experiment.displayName}" here, and "${it.name}" in MLflow`;
    work.counts.problem(`${taken}: nothing of it was imported. Import into a --project that has no experiments`);
    return undefined;
  }
  if (there.experiment.lifecycleStage === LifecycleStage.DELETED) await tracking.restoreExperiment({ name });
  return (await tracking.setExperimentTags({ name, tags: it.tags })).experiment;
}

/**
 * Creates the run alone: logged models may name it, and it may name logged models. A name that is too long is cut, and a time that the platform does not know is the nearest one;
 * tags that it does not take are left out with the run's other content.
 */
async function createRun({ connection, counts }: Import, run: SourceRun, experiment: string): Promise<void> {
  if (run.id === "") throw new Error("it has no id");
  const { tracking, parent } = connection;
  const displayName = [...run.name].slice(0, NAME_LENGTH_MAX).join("");
  if (displayName !== run.name) counts.problem(`run ${run.id}: its name was cut to ${NAME_LENGTH_MAX} characters`);
  for (const ms of [run.startTimeMs, run.endTimeMs ?? 0])
    if (knownMs(ms) !== ms)
      counts.problem(`run ${run.id}: its time ${ms} is outside of the years 1 to 9999, and became the nearest`);
  const startTime = timestampFromMs(knownMs(run.startTimeMs));
  const create = (parentRun: string, tags: SourceRun["tags"]): Promise<void> =>
    unlessThere(
      tracking.createRun({ parent, runId: run.id, run: { experiment, displayName, startTime, tags, parentRun } }),
    );
  // For MLflow the parent is no more than a tag, which may name what does not exist.
  const parentId = run.tags[MLFLOW_TAGS.parentRun] ?? "";
  const parents = parentId === "" ? [""] : [`${parent}/runs/${parentId}`, ""];
  const tries = [run.tags, {}].flatMap((tags) => parents.map((it) => () => create(it, tags)));
  await firstTaken(tries);
}

/** Does the first of several works that the platform does not refuse. Fails as the last one does. */
async function firstTaken(tries: readonly (() => Promise<void>)[]): Promise<void> {
  for (const [i, attempted] of tries.entries()) {
    try {
      return await attempted();
    } catch (error) {
      if (refusalOf(error) === undefined || i === tries.length - 1) throw error;
    }
  }
}

/** By their start, but for runs that began with a part of theirs or after it. */
function parentsFirst(runs: readonly SourceRun[]): readonly SourceRun[] {
  const byId = new Map(runs.map((it) => [it.id, it]));
  const ordered = new Set<SourceRun>();
  for (const run of runs.toSorted((a, b) => a.startTimeMs - b.startTimeMs)) {
    const line = new Set<SourceRun>();
    let at: SourceRun | undefined = run;
    // Tags may lead in a circle.
    while (at !== undefined && !ordered.has(at) && !line.has(at)) {
      line.add(at);
      at = byId.get(at.tags[MLFLOW_TAGS.parentRun] ?? "");
    }
    for (const it of [...line].toReversed()) ordered.add(it);
  }
  return [...ordered];
}

async function importRun(work: Import, run: SourceRun): Promise<void> {
  const { connection, counts } = work;
  const { tracking, parent } = connection;
  const name = `${parent}/runs/${run.id}`;
  const { run: before } = await tracking.getRun({ name });
  if (before?.lifecycleStage === LifecycleStage.DELETED) await tracking.restoreRun({ name });
  await importRunContent(work, run);
  await endRun(connection, run);
  const { run: stored } = await tracking.getRun({ name });
  if (stored) compareRun(counts, run, stored);
}

async function endRun({ tracking, parent }: Connection, run: SourceRun): Promise<void> {
  const name = `${parent}/runs/${run.id}`;
  const state = (RunState as unknown as Readonly<Record<string, RunState>>)[run.status] ?? RunState.RUNNING;
  // Of a run that was taken up again MLflow keeps the end that it had before.
  const goesOn = state === RunState.RUNNING || state === RunState.SCHEDULED;
  const ended = goesOn || run.endTimeMs === undefined ? {} : { endTime: timestampFromMs(knownMs(run.endTimeMs)) };
  const paths = ["state", ...("endTime" in ended ? ["end_time"] : [])];
  await tracking.updateRun({ run: { name, state, ...ended }, updateMask: { paths } });
  if (run.isDeleted) await tracking.deleteRun({ name });
}

/** True for a text that stands in the record, or beside it. */
const isText = (text: string, inRecord: string, beside: StoredText | undefined): boolean =>
  beside === undefined ? inRecord === text : beside.digest === digestOfBytes(text);

function compareRun(counts: Tally, run: SourceRun, stored: Run): void {
  const [params, tags] = [equalIn(stored.params, run.params), equalIn(stored.tags, run.tags)];
  counts.add("params", Object.keys(run.params).length, params);
  counts.add("tags", Object.keys(run.tags).length, tags);
  const isThere = ({ digest, schema, profile }: SourceDataset): boolean =>
    stored.datasets.some(
      ({ dataset: it }) =>
        it?.externalDigest === digest &&
        isText(schema, it.schema, it.storedSchema) &&
        isText(profile, it.profile, it.storedProfile),
    );
  counts.add("data sets", run.datasets.length, run.datasets.filter(isThere).length);
  const models = (uses: Run["modelInputs"]) => new Set(uses.map((it) => it.loggedModel.split("/").at(-1)));
  const [read, made] = [models(stored.modelInputs), models(stored.modelOutputs)];
  const same =
    RunState[stored.state] === run.status &&
    (run.name === "" || stored.displayName === run.name) &&
    run.modelInputs.every((id) => read.has(id)) &&
    run.modelOutputs.every(({ id }) => made.has(id)) &&
    params === Object.keys(run.params).length &&
    tags === Object.keys(run.tags).length;
  counts.add("runs", 1, same ? 1 : 0);
  if (!same)
    counts.problem(`${stored.name} has another name or state, or other params, tags or models, than in MLflow`);
}
