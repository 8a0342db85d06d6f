import { digestOfBytes } from "@throughline/kernel";
import type { Collection, DocumentWrite, Write } from "@throughline/store";
import type { Experiment } from "../domain/experiment.ts";
import type { Change } from "../domain/ports.ts";
import type { LineageChange, RecordedExecution } from "../domain/recording.ts";
import {
  type Collections,
  documentId,
  type EdgeValue,
  type NameClaim,
  type RunMetricsValue,
  seriesKey,
} from "./collections.ts";
import { projectIdOf } from "./lineage-store.ts";

/** The writes of one change. */
export interface PlannedWrites {
  /**
   * Writes that may be durable before the rest, if all are too many for one batch: artifacts, which are facts of their
   * own, and edges, which count for nothing before their execution is there.
   */
  readonly early: readonly Write[];
  readonly rest: readonly Write[];
}

export function writesOf(collections: Collections, { experiment, run, metrics, lineage }: Change): PlannedWrites {
  const rest: Write[] = [];
  if (experiment !== undefined) {
    const { revision, ...value } = experiment.after;
    rest.push(written(collections.experiments, { id: documentId(value), revision, value }));
    rest.push(...nameWrites(collections, experiment));
  }
  if (run !== undefined) {
    const { revision, ...value } = run;
    rest.push(written(collections.runs, { id: documentId(value), revision, value }));
  }
  if (metrics !== undefined) rest.push(...metricWrites(collections, metrics));
  if (lineage?.execution !== undefined)
    rest.push(collections.executions.writes.insert(lineage.execution.id, lineage.execution));
  return { early: lineage === undefined ? [] : earlyWrites(collections, lineage), rest };
}

/** The write that brings a document to a revision: the first one inserts it. */
function written<T extends object>(
  { writes }: Collection<T>,
  { id, revision, value }: { readonly id: string; readonly revision: number; readonly value: T },
): DocumentWrite {
  return revision === 1 ? writes.insert(id, value) : writes.replace(id, revision - 1, value);
}

/**
 * Gives back the name that the experiment had, and takes the one that it has. Names are documents because ids are unique
 * in every database and free again when the document is gone.
 */
function nameWrites({ names }: Collections, { before, after }: NonNullable<Change["experiment"]>): readonly Write[] {
  const had = claimOf(before);
  const has = claimOf(after);
  if (had?.id === has?.id) return [];
  return [
    ...(had === undefined ? [] : [names.writes.remove(had.id, 1)]),
    ...(has === undefined ? [] : [names.writes.insert(has.id, has.claim)]),
  ];
}

function claimOf(experiment: Experiment | undefined): { readonly id: string; readonly claim: NameClaim } | undefined {
  if (experiment?.stage !== "ACTIVE") return undefined;
  const { project, displayName, id } = experiment;
  // A digest, because display names may hold anything.
  return { id: `${project}/${digestOfBytes(displayName)}`, claim: { project, displayName, experimentId: id } };
}

function metricWrites(
  { runMetrics, points }: Collections,
  { run, next, arrived }: NonNullable<Change["metrics"]>,
): readonly Write[] {
  const value: RunMetricsValue = {
    latest: [...next.latest.values()].map((it) => [it.key, String(it.step), it.timeMs, it.value, it.count]),
    arrivals: next.arrivals,
  };
  const document = written(runMetrics, { id: documentId(run), revision: next.revision, value });
  if (arrived.length === 0) return [document];
  const added = arrived.map(({ key, step, timeMs, value, arrival }) => ({
    key: seriesKey(run, key),
    step,
    timeMs,
    value,
    sequence: BigInt(arrival),
  }));
  return [document, points.write(added)];
}

function earlyWrites(
  { artifacts, edges }: Collections,
  { artifacts: known, execution }: LineageChange,
): readonly Write[] {
  return [
    ...known.map(({ revision, ...value }) =>
      written(artifacts, { id: documentId({ project: value.project, id: value.digest }), revision, value }),
    ),
    ...(execution === undefined ? [] : [...edgesOf(execution)].map(([id, edge]) => edges.writes.put(id, edge))),
  ];
}

/** One edge for each artifact and way, whatever parts it plays. */
function edgesOf(execution: RecordedExecution): ReadonlyMap<string, EdgeValue> {
  const project = projectIdOf(execution);
  return new Map(
    execution.events.map(({ digest, type }) => [
      `${execution.id}/${type}/${digest}`,
      { project, digest, type, executionId: execution.id },
    ]),
  );
}
