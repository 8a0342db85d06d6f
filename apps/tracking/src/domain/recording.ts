import { type Digest, invalidField } from "@throughline/kernel";
import { type LineageEvent, type LineageExecution, type LineageRecord, recordDigest } from "@throughline/lineage";
import { described, isKindOfBytes, type KnownArtifact } from "./artifact.ts";
import { artifactUnknown, executionChanged } from "./errors.ts";

/** An execution that was recorded, with its edges. */
export interface RecordedExecution extends LineageExecution {
  readonly events: readonly LineageEvent[];
  /** Of everything that was recorded with it, so that a repetition can be told from a contradiction. */
  readonly recordDigest: Digest;
}

/** What a recording changes. */
export interface LineageChange {
  /** Artifacts that are new, or about which more is known. */
  readonly artifacts: readonly KnownArtifact[];
  readonly executions: readonly RecordedExecution[];
}

/** What has to be known to check a record. */
export interface RecordingContext {
  readonly project: string;
  readonly timeMs: number;
  /** What was recorded under the execution's id before. */
  readonly earlier?: RecordedExecution;
  /** What the project knows of the artifacts that the record names. */
  readonly known: ReadonlyMap<Digest, KnownArtifact>;
  /** Sizes of the bytes that are stored under the digests of described artifacts. */
  readonly storedBytes: ReadonlyMap<Digest, number>;
}

/**
 * Checks a record edge by edge, and says what it changes. Nothing, if it was recorded before.
 *
 * Fails with EXECUTION_CHANGED if something else was; with ARTIFACT_UNKNOWN for an edge to an artifact that is neither
 * known nor described, and for the description of bytes that are not stored; with DIGEST_MISMATCH if what is stored
 * contradicts a description.
 */
export function plannedRecording(record: LineageRecord, context: RecordingContext): LineageChange {
  const digest = recordDigest(record);
  if (context.earlier !== undefined) {
    if (context.earlier.recordDigest !== digest) throw executionChanged(record.execution.id);
    return { artifacts: [], executions: [] };
  }
  const known = new Map(context.known);
  for (const [i, artifact] of record.artifacts.entries()) {
    const storedBytes = context.storedBytes.get(artifact.digest);
    const before = known.get(artifact.digest);
    if (before === undefined && storedBytes === undefined && isKindOfBytes(artifact.kind))
      throw artifactUnknown(artifact.digest, `artifacts[${i}].digest`);
    const { project, timeMs } = context;
    const stored = storedBytes === undefined ? {} : { storedBytes };
    known.set(artifact.digest, described(before, { artifact, project, timeMs, ...stored }));
  }
  for (const [i, event] of record.events.entries()) {
    if (!known.has(event.digest)) throw artifactUnknown(event.digest, `events[${i}].artifact_digest`);
  }
  return {
    artifacts: [...known.values()].filter((it) => it !== context.known.get(it.digest)),
    executions: [{ ...record.execution, events: distinct(record.events), recordDigest: digest }],
  };
}

/** What has to be known to check several records of one project. */
export interface RecordingsContext extends Omit<RecordingContext, "earlier"> {
  /** What was recorded under their ids before. */
  readonly earlier: ReadonlyMap<string, RecordedExecution>;
}

/** Checks several records as if one were recorded after the other, and says what they change together. Fails as above. */
export function plannedRecordings(records: readonly LineageRecord[], context: RecordingsContext): LineageChange {
  const known = new Map(context.known);
  const executions = new Map(context.earlier);
  for (const record of records) {
    const earlier = executions.get(record.execution.id);
    const { project, timeMs, storedBytes } = context;
    const change = plannedRecording(record, { project, timeMs, storedBytes, known, ...(earlier && { earlier }) });
    for (const it of change.artifacts) known.set(it.digest, it);
    for (const it of change.executions) executions.set(it.id, it);
  }
  return {
    artifacts: [...known.values()].flatMap((it) => {
      const before = context.known.get(it.digest);
      // However much was said of an artifact, it is written once.
      return it === before ? [] : [{ ...it, revision: (before?.revision ?? 0) + 1 }];
    }),
    executions: [...executions.values()].filter((it) => !context.earlier.has(it.id)),
  };
}

const distinct = (events: readonly LineageEvent[]): readonly LineageEvent[] => [
  ...new Map(events.map((it) => [JSON.stringify([it.digest, it.type, it.role]), it])).values(),
];

/** Fails with INVALID_FIELD if a part of a request speaks of another project or execution than its execution. */
export function checkBelongs(given: string, expected: string, path: string): void {
  if (given !== expected) throw invalidField(path, `"${given}" is not "${expected}", which the execution names`);
}
