import type { Digest } from "@throughline/kernel";
import type { ExecutionKind, LineageArtifact, LineageEvent, LineageRecord } from "@throughline/lineage";
import type { CommitKind, CommittedSegment, DataCommit, NewCompactedFile } from "./data-version.ts";
import { sourceName } from "./names.ts";

/** A record holds at most 1,000 edges; what names more segments goes into further executions. */
const SEGMENTS_MAX = 700;

const PARQUET = "application/vnd.apache.parquet";

/** What a rewrite is called on the thread. */
const KINDS: Readonly<Record<CommitKind, ExecutionKind>> = {
  load: "INGEST",
  push: "INGEST",
  revert: "REVERT",
  compaction: "COMPACT",
  forget: "FORGET",
};

/**
 * The thread through a rewrite: from the parts of each file that it opened to the file, and to what it took out of the data
 * and brought back, which are inputs both: no bytes were made of them.
 */
export function rewriteRecords(commit: DataCommit, opened: readonly NewCompactedFile[]): readonly LineageRecord[] {
  const merged = opened.map((it): Told => ({ artifacts: [artifactOf(commit, it)], events: mergeEvents(it) }));
  return [...merged, ...movedEvents(commit).map((events): Told => ({ artifacts: [], events }))].map((told, i) => ({
    execution: executionOf(commit, i),
    ...told,
  }));
}

type Told = Pick<LineageRecord, "artifacts" | "events">;

/** A commit of several records has several executions: the second one's id ends in `:2`. */
function executionOf(commit: DataCommit, index: number): LineageRecord["execution"] {
  const { project, dataVersion, kind, actor, timeMs } = commit;
  return {
    id: `feature-store:${kind}:${project}:${dataVersion}${index === 0 ? "" : `:${index + 1}`}`,
    project: `projects/${project}`,
    kind: KINDS[kind],
    resource: resourceOf(commit),
    actor,
    timeMs,
  };
}

const resourceOf = ({ project, source }: DataCommit): string => sourceName.format({ project, source });

const artifactOf = (commit: DataCommit, { digest, sizeBytes }: NewCompactedFile): LineageArtifact => ({
  digest,
  kind: "SOURCE_SEGMENT",
  resource: resourceOf(commit),
  sizeBytes,
  mediaType: PARQUET,
});

const mergeEvents = ({ digest, parts }: NewCompactedFile): readonly LineageEvent[] => [
  ...distinct(parts.map((it) => it.digest)).map((it): LineageEvent => ({ digest: it, type: "INPUT", role: "segment" })),
  { digest, type: "OUTPUT", role: "compacted_segment" },
];

function movedEvents({ added, removed }: DataCommit): readonly (readonly LineageEvent[])[] {
  const all = [...moved(removed, "removed_segment"), ...moved(added, "restored_segment")];
  return Array.from({ length: Math.ceil(all.length / SEGMENTS_MAX) }, (_, i) =>
    all.slice(i * SEGMENTS_MAX, (i + 1) * SEGMENTS_MAX),
  );
}

const moved = (segments: readonly CommittedSegment[], role: string): readonly LineageEvent[] =>
  distinct(segments.map((it) => it.digest)).map((digest) => ({ digest, type: "INPUT", role }));

const distinct = (digests: readonly Digest[]): readonly Digest[] => [...new Set(digests)];
