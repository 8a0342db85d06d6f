import { type Condition, type Filter, ID, type Point } from "@throughline/store";
import type { Experiment } from "../domain/experiment.ts";
import type { ArrivedPoint } from "../domain/metric.ts";
import type { Key } from "../domain/names.ts";
import type { ExperimentQuery, RunQuery, TrackingStore } from "../domain/ports.ts";
import { inExperiment, type Run } from "../domain/run.ts";
import {
  type Collections,
  documentId,
  type ExperimentValue,
  type RunValue,
  seriesKey,
  streamId,
} from "./collections.ts";
import { findUpTo, getAll } from "./documents.ts";
import { experimentOf, runOf } from "./run-documents.ts";
import type { RunMemory } from "./run-memory.ts";
import { readMetrics } from "./run-metrics.ts";
import { searchRuns } from "./run-search.ts";

/** Points that are read at a time where not all of them are wanted. */
const POINTS_AT_ONCE = 1_000;
/** So many deleted experiments are left out of the runs of a project. */
const DELETED_MAX = 1_000;

/**
 * The experiments and runs of all projects. Ids are in the order of creation, so that lists need no other order. With a
 * memory, which only the one writer of a store may have, runs that were read or changed lately are not read again.
 */
export function trackingStore(collections: Collections, memory?: RunMemory): TrackingStore {
  const { runs, points, metricStreams } = collections;
  const experiment = experimentReader(collections, memory);
  const asTheyCount = async (found: readonly (Run | undefined)[]): Promise<(Run | undefined)[]> => {
    const experiments = new Map<string, Experiment | undefined>();
    for (const run of found) {
      const id = run?.experimentId ?? "";
      if (run !== undefined && !experiments.has(id))
        experiments.set(id, await experiment({ project: run.project, id }));
    }
    return found.map((run) => run && inExperiment(run, experiments.get(run.experimentId)));
  };
  const stored = async (key: Key): Promise<Run | undefined> => {
    const known = memory?.run(key);
    if (known !== undefined) return known;
    const document = await runs.get(documentId(key));
    if (document === undefined) return undefined;
    const run = runOf(document);
    memory?.read(key, { run });
    return run;
  };
  return {
    async experiment(key) {
      const found = await experiment(key);
      return found?.purging === true ? undefined : found;
    },
    async experiments(query) {
      const where: Filter<ExperimentValue> = { and: experimentConditions(query) };
      return (await findUpTo(collections.experiments, { where, orderBy: NEWEST_FIRST }, query.limit)).map(experimentOf);
    },
    async run(key) {
      const run = await stored(key);
      return run && inExperiment(run, await experiment({ project: run.project, id: run.experimentId }));
    },
    async runs(query) {
      const conditions: Filter<RunValue>[] = [...runConditions(query)];
      if (!query.showDeleted) {
        const deleted = await deletedExperiments(collections, query);
        if (deleted.length > 0) conditions.push({ not: { field: "experimentId", in: deleted } });
      }
      const where: Filter<RunValue> = { and: conditions };
      const found = (await findUpTo(runs, { where, orderBy: NEWEST_FIRST }, query.limit)).map(runOf);
      return query.showDeleted ? (await asTheyCount(found)).filter((it) => it !== undefined) : found;
    },
    async metrics(keys) {
      const [key] = keys;
      // Of many runs hardly one is known, and they would drive out those that are logged to.
      if (key === undefined || keys.length > 1) return readMetrics(collections, keys);
      const known = memory?.metrics(key);
      if (known !== undefined) return [known];
      const [metrics] = await readMetrics(collections, keys);
      if (metrics !== undefined) memory?.read(key, { metrics });
      return metrics === undefined ? [] : [metrics];
    },
    samples: (run, metrics, range) =>
      Promise.all(
        metrics.map(async (metric) => {
          const { points: kept, complete } = await points.sample(seriesKey(run, metric), range);
          return { points: kept.map((it) => arrivedOf(metric, it)), complete };
        }),
      ),
    search: (query) => searchRuns(collections, query),
    async runsOf(keys) {
      return asTheyCount((await getAll(runs, keys.map(documentId))).map((it) => it && runOf(it)));
    },
    async metricStream(run, id) {
      const document = await metricStreams.get(streamId(run, id));
      return document && { run, id, sequence: document.value.sequence, revision: document.revision };
    },
    async points(run, metric, { after, limit }) {
      const range = { limit, ...(after && { after: pointOf(after) }) };
      return (await points.read(seriesKey(run, metric), range)).map((it) => arrivedOf(metric, it));
    },
    async valuesAt(run, { key, step, timeMs }) {
      const values: number[] = [];
      // Arrivals count from 1, so that this stands before all points of the step and time.
      let after: Point = { step, timeMs, sequence: 0n, value: Number.NaN };
      for (;;) {
        const page = await points.read(seriesKey(run, key), { after, limit: POINTS_AT_ONCE });
        const same = page.filter((it) => it.step === step && it.timeMs === timeMs);
        values.push(...same.map((it) => it.value));
        const last = page.at(-1);
        if (last === undefined || same.length < POINTS_AT_ONCE) return values;
        after = last;
      }
    },
    async arrivedAfter(run, { key }, { arrival, count }) {
      const found: ArrivedPoint[] = [];
      let after: Point | undefined;
      // New points usually have the largest steps: reading backwards finds them at once.
      do {
        const limit = Math.min(Math.max(count, 16), POINTS_AT_ONCE);
        const page = await points.read(seriesKey(run, key), { descending: true, limit, ...(after && { after }) });
        found.push(...page.map((it) => arrivedOf(key, it)).filter((it) => it.arrival > arrival));
        after = page.length < limit ? undefined : page.at(-1);
      } while (after !== undefined && found.length < count);
      return found.toSorted((a, b) => a.arrival - b.arrival);
    },
  };
}

/** Reads experiments, also those that are being purged, which nobody else sees. */
function experimentReader({ experiments }: Collections, memory: RunMemory | undefined) {
  return async (key: Key): Promise<Experiment | undefined> => {
    const known = memory?.experiment(key);
    if (known !== undefined) return known;
    const document = await experiments.get(documentId(key));
    const experiment = document && experimentOf(document);
    if (experiment !== undefined) memory?.readExperiment(experiment);
    return experiment;
  };
}

const NEWEST_FIRST = [{ field: ID, descending: true }] as const;

const experimentConditions = (query: ExperimentQuery): readonly Condition<ExperimentValue>[] => [
  { field: "project", eq: query.project },
  query.showDeleted ? { field: "purging", ne: true } : { field: "stage", eq: "ACTIVE" },
  ...(query.displayName === undefined ? [] : [{ field: "displayName", eq: query.displayName } as const]),
  ...before(query),
];

const runConditions = (query: RunQuery): readonly Condition<RunValue>[] => [
  { field: "project", eq: query.project },
  ...(query.showDeleted ? [] : [{ field: "stage", eq: "ACTIVE" } as const]),
  ...(query.experimentId === undefined ? [] : [{ field: "experimentId", eq: query.experimentId } as const]),
  ...before(query),
];

const before = ({ project, before: id }: ExperimentQuery | RunQuery) =>
  id === undefined ? [] : [{ field: ID, lt: documentId({ project, id }) } as const];

/** Those whose runs must not show: the one that is asked for, or the newest ones of the project. */
async function deletedExperiments({ experiments }: Collections, query: RunQuery): Promise<readonly string[]> {
  if (query.experimentId !== undefined) {
    const document = await experiments.get(documentId({ project: query.project, id: query.experimentId }));
    return document?.value.stage === "DELETED" ? [query.experimentId] : [];
  }
  const where: Filter<ExperimentValue> = {
    and: [
      { field: "project", eq: query.project },
      { field: "stage", eq: "DELETED" },
    ],
  };
  return (await findUpTo(experiments, { where, orderBy: NEWEST_FIRST }, DELETED_MAX)).map(({ value }) => value.id);
}

const arrivedOf = (key: string, { step, timeMs, value, sequence }: Point): ArrivedPoint => ({
  key,
  step,
  timeMs,
  value,
  arrival: Number(sequence),
});

const pointOf = ({ step, timeMs, value, arrival }: ArrivedPoint): Point => ({
  step,
  timeMs,
  value,
  sequence: BigInt(arrival),
});
