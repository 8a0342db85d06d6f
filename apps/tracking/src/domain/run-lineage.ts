import { digestOfBytes } from "@throughline/kernel";
import type { LineageArtifact, LineageRecord } from "@throughline/lineage";
import { projectName } from "./names.ts";
import { hasEnded, nameOf, type Run } from "./run.ts";

/** Longest role of an edge, in bytes of UTF-8. */
const ROLE_BYTES_MAX = 255;

/**
 * True if the change calls for a record: the run ended, or read and made more after it had. A run that goes on after its
 * end, and ends again, is recorded again.
 */
export function isToBeRecorded(before: Run, after: Run): boolean {
  if (!hasEnded(after)) return false;
  return !hasEnded(before) || after.datasets !== before.datasets || after.artifacts !== before.artifacts;
}

/** What an ended run tells the thread: its data sets are inputs, its files are outputs. */
export function runRecord(run: Run, timeMs: number): LineageRecord {
  const resource = nameOf(run);
  const datasets: readonly LineageArtifact[] = run.datasets.map(({ digest, displayName }) => ({
    digest,
    kind: "DATASET",
    resource: displayName,
    sizeBytes: 0,
    mediaType: "",
  }));
  const files: readonly LineageArtifact[] = run.artifacts.map(({ digest, sizeBytes, mediaType }) => ({
    digest,
    kind: "FILE",
    resource,
    sizeBytes,
    mediaType,
  }));
  return {
    execution: {
      id: executionId(run),
      project: projectName.format({ project: run.project }),
      kind: "RUN",
      resource,
      actor: run.actor,
      timeMs,
    },
    artifacts: [...datasets, ...files],
    events: [
      ...run.datasets.map(({ digest, context }) => ({ digest, type: "INPUT" as const, role: context || "dataset" })),
      ...run.artifacts.map(({ digest, path }) => ({ digest, type: "OUTPUT" as const, role: roleOf(path) })),
    ],
  };
}

/** `run:p:01j...:1`. Names with other characters than ids of executions may have are told by their digest. */
function executionId(run: Run): string {
  const id = `run:${run.project}:${run.id}:${run.recordings}`;
  return /^[a-z0-9._:-]{1,256}$/.test(id) ? id : `run:${digestOfBytes(nameOf(run))}:${run.recordings}`;
}

const roleOf = (path: string): string => (Buffer.byteLength(path) > ROLE_BYTES_MAX ? "file" : path);
