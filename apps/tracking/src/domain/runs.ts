import { alreadyExists, invalidField, invariant, notFound, type Page, pageSize } from "@throughline/kernel";
import { experimentDeleted } from "./errors.ts";
import type { LifecycleStage } from "./experiment.ts";
import { getExperiment } from "./experiments.ts";
import { checkFreeId } from "./free-id.ts";
import { NO_METRICS, type RunMetrics } from "./metric.ts";
import { experimentName, type Key } from "./names.ts";
import { gathered, type PageRequest, pageOf } from "./page.ts";
import type { Call, Tracking } from "./ports.ts";
import { changedRun, hasEnded, nameOf, newRun, type Run, type RunChange, type RunContent, runInStage } from "./run.ts";
import { checkRecipe, runEnd } from "./run-recording.ts";
import { sizeOf, sizeOfMetrics } from "./run-size.ts";

/** A run with the latest values of its metrics. */
export interface MeasuredRun {
  readonly run: Run;
  readonly metrics: RunMetrics;
}

/** A run to be created. */
export interface NewRun {
  readonly project: string;
  /** Absent: it gets one. */
  readonly id?: string;
  readonly actor: string;
  readonly content: RunContent;
}

/**
 * Creates a run. Fails with NOT_FOUND for the experiment or the parent, with EXPERIMENT_DELETED, with ARTIFACT_UNKNOWN for
 * what its recipe refers to, and with ALREADY_EXISTS for the id.
 */
export function createRun(tracking: Tracking, { project, id, actor, content }: NewRun, call: Call): Promise<Run> {
  const { commit, store, newId, clock } = tracking;
  return commit(async () => {
    await checkExperiment(tracking, { project, experimentId: content.experimentId });
    if (content.parentId !== "") await storedRun(tracking, { project, id: content.parentId });
    await checkRecipe(tracking, project, content.recipe);
    const key = { project, id: id ?? newId() };
    if (id !== undefined && (await store.run(key))) throw alreadyExists(nameOf(key));
    if (id !== undefined) await checkFreeId(tracking, { ...key, kind: "RUN" });
    const run = newRun(content, { ...key, actor }, clock);
    return { change: { run }, response: run };
  }, call);
}

/** Fails with NOT_FOUND and EXPERIMENT_DELETED. */
async function checkExperiment(
  { store }: Pick<Tracking, "store">,
  { project, experimentId }: Pick<Run, "project" | "experimentId">,
): Promise<void> {
  const experiment = await getExperiment({ store }, { project, id: experimentId });
  if (experiment.stage === "DELETED")
    throw experimentDeleted(experimentName.format({ project, experiment: experimentId }));
}

/** Fails with NOT_FOUND. */
export async function storedRun({ store }: Pick<Tracking, "store">, key: Key): Promise<Run> {
  const run = await store.run(key);
  if (run === undefined) throw notFound(nameOf(key));
  return run;
}

/** Fails with NOT_FOUND. */
export async function getRun(tracking: Pick<Tracking, "store">, key: Key): Promise<MeasuredRun> {
  const [measured] = await withMetrics(tracking, [await storedRun(tracking, key)]);
  invariant(measured !== undefined, "one run was read");
  return measured;
}

/** The runs with their metrics, in the same order. */
export async function withMetrics(
  { store }: Pick<Tracking, "store">,
  runs: readonly Run[],
): Promise<readonly MeasuredRun[]> {
  const metrics = await store.metrics(runs);
  return runs.map((run, i) => ({ run, metrics: metrics[i] ?? NO_METRICS }));
}

export interface RunList {
  readonly project: string;
  /** Only the runs of this experiment; empty for all. */
  readonly experimentId: string;
  readonly showDeleted: boolean;
  readonly page: PageRequest;
}

/** One page of runs, newest first. A page is shorter than asked for if the runs are so large that no more fit. */
export async function listRuns(tracking: Tracking, list: RunList): Promise<Page<MeasuredRun>> {
  const { project, experimentId, showDeleted, page } = list;
  const size = pageSize(page.size);
  const query = { list: "runs", project, experimentId, showDeleted };
  const tokens = pageOf<MeasuredRun>(tracking.pageTokens, query, ({ run }) => run.id);
  const start = tokens.read(page.token);
  const weigh = ({ run, metrics }: MeasuredRun): number => sizeOf(run) + sizeOfMetrics(metrics);
  const found = await gathered<MeasuredRun>(
    size,
    async ({ after, limit }) => {
      const before = after?.run.id ?? start;
      const runs = await tracking.store.runs({
        project,
        showDeleted,
        limit,
        ...(experimentId !== "" && { experimentId }),
        ...(before !== undefined && { before: String(before) }),
      });
      return withMetrics(tracking, runs);
    },
    weigh,
  );
  return tokens.page(found, size, weigh);
}

/** Most runs that one is part of, each part of the next: a change holds them all, in one batch with what it writes. */
const LINE_MAX = 900;

/**
 * The runs that a run will be part of: two that become part of each other at once must not both be let. Refuses a parent that
 * is a part of the run itself. Fails with NOT_FOUND for the parent.
 */
async function lineAbove(tracking: Tracking, run: Key, parentId: string): Promise<readonly Run[]> {
  const line: Run[] = [];
  let id = parentId;
  for (let depth = 0; id !== ""; depth++) {
    if (id === run.id) throw invalidField("run.parent_run", "it is the run itself, or a part of it");
    if (depth === LINE_MAX) throw invalidField("run.parent_run", `it is nested more than ${LINE_MAX} deep`);
    // What its parents were part of may be purged.
    const above = { project: run.project, id };
    const parent: Run | undefined =
      id === parentId ? await storedRun(tracking, above) : await tracking.store.run(above);
    if (parent) line.push(parent);
    id = parent?.parentId ?? "";
  }
  return line;
}

/** Ends a run, or changes what is said of it. Its lineage is recorded with its end. Fails with NOT_FOUND and RUN_DELETED. */
export async function updateRun(
  tracking: Tracking,
  { key, etag, change }: { readonly key: Key; readonly etag: string; readonly change: RunChange },
): Promise<MeasuredRun> {
  const run = await tracking.commit(async () => {
    const before = await storedRun(tracking, key);
    await checkRecipe(tracking, key.project, change.recipe);
    const { parentId = before.parentId } = change;
    const held = parentId === before.parentId ? [] : await lineAbove(tracking, key, parentId);
    const after = changedRun(before, { etag, change }, tracking.clock);
    const changed = hasEnded(after) && !hasEnded(before) ? await runEnd(tracking, after) : { run: after };
    return { change: { ...changed, runBefore: before, held }, response: changed.run ?? after };
  });
  tracking.changes.tell(key);
  return getRun(tracking, run);
}

/**
 * Deletes or restores a run. Nothing changes if it is in that stage. Fails with NOT_FOUND, and with EXPERIMENT_DELETED for a
 * run that is to come back before its experiment.
 */
export async function moveRun(tracking: Tracking, key: Key, stage: LifecycleStage): Promise<MeasuredRun> {
  const run = await tracking.commit(async () => {
    const before = await storedRun(tracking, key);
    if (stage === "ACTIVE") await checkExperiment(tracking, before);
    const after = runInStage(before, stage, tracking.clock);
    return { change: after === before ? {} : { run: after, runBefore: before }, response: after };
  });
  tracking.changes.tell(key);
  return getRun(tracking, run);
}
