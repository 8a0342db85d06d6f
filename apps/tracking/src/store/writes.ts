import { digestOfBytes } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Experiment } from "../domain/experiment.ts";
import type { Change } from "../domain/ports.ts";
import type { LineageChange, RecordedExecution } from "../domain/recording.ts";
import {
  type Collections,
  documentId,
  type EdgeValue,
  type ExperimentValue,
  type NameClaim,
  streamId,
} from "./collections.ts";
import { written } from "./documents.ts";
import { fileWrites } from "./file-store.ts";
import { projectIdOf } from "./lineage-store.ts";
import { purgeWrites } from "./purge-store.ts";
import { indexWrites } from "./run-index.ts";
import { metricWrites } from "./run-metrics.ts";

/** The writes of one change. */
export interface PlannedWrites {
  /**
   * Writes that may be durable before the rest, if all are too many for one batch: artifacts, which are facts of their
   * own, and edges, which count for nothing before their execution is there.
   */
  readonly early: readonly Write[];
  readonly rest: readonly Write[];
}

export function writesOf(collections: Collections, change: Change): PlannedWrites {
  const { experiment, run, metrics, lineage } = change;
  const rest: Write[] = change.files === undefined ? [] : [...fileWrites(collections, change.files)];
  for (const { revision, ...value } of change.models ?? [])
    rest.push(written(collections.loggedModels, { id: documentId(value), revision, value }));
  if (experiment !== undefined) {
    const { revision, ...value } = experiment.after;
    rest.push(written(collections.experiments, { id: documentId(value), revision, value: withSweep(value) }));
    rest.push(...nameWrites(collections, experiment));
  }
  if (change.letGo !== undefined) {
    const { id, ...value } = change.letGo;
    rest.push(collections.lettingsGo.writes.insert(id, value));
  }
  if (change.arrived !== undefined) rest.push(collections.arrivals.writes.remove(change.arrived, 1));
  if (change.dataset !== undefined)
    rest.push(collections.datasets.writes.insert(documentId(change.dataset), change.dataset));
  if (change.purged !== undefined) rest.push(...purgeWrites(collections, change.purged));
  if (run !== undefined) {
    const { revision, ...value } = run;
    rest.push(written(collections.runs, { id: documentId(value), revision, value }));
  }
  for (const it of change.held ?? []) rest.push(collections.runs.writes.check(documentId(it), it.revision));
  if (metrics !== undefined) rest.push(...metricWrites(collections, metrics));
  rest.push(...indexWrites(collections, change));
  if (change.stream !== undefined) {
    const { run: key, id, revision, sequence } = change.stream;
    rest.push(written(collections.metricStreams, { id: streamId(key, id), revision, value: { sequence } }));
  }
  for (const it of lineage?.executions ?? []) rest.push(collections.executions.writes.insert(it.id, it));
  return { early: lineage === undefined ? [] : earlyWrites(collections, lineage), rest };
}

/** An experiment with a rule of retention, or that is purged, is work for the sweeper. */
const withSweep = (value: Omit<Experiment, "revision">): ExperimentValue =>
  value.purging === true || Object.keys(value.retention).length > 0 ? { ...value, swept: true } : value;

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

function earlyWrites(
  { artifacts, edges }: Collections,
  { artifacts: known, executions }: LineageChange,
): readonly Write[] {
  return [
    ...known.map(({ revision, ...value }) =>
      written(artifacts, { id: documentId({ project: value.project, id: value.digest }), revision, value }),
    ),
    ...executions.flatMap((it) => [...edgesOf(it)].map(([id, edge]) => edges.writes.put(id, edge))),
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
