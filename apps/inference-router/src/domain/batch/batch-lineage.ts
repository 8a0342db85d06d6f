import type { Digest } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { Batch } from "./batch.ts";

/** The thread from the input and the release to the file of answers. */
export function batchRecord(it: {
  readonly batch: Batch;
  /** Name of the operation. */
  readonly operation: string;
  readonly releaseDigest: string;
  readonly file: { readonly digest: Digest; readonly size: number };
  readonly timeMs: number;
}): LineageRecord {
  const { batch, operation, releaseDigest, file, timeMs } = it;
  const [, project = ""] = batch.deployment.split("/");
  const { deployment: resource, actor } = batch;
  return {
    execution: {
      id: `inference-router:${operation.slice(operation.lastIndexOf("/") + 1)}`,
      project: `projects/${project}`,
      kind: "PREDICT",
      resource,
      actor,
      timeMs,
    },
    artifacts: [
      {
        digest: file.digest,
        kind: "DATASET",
        resource,
        sizeBytes: file.size,
        mediaType: "application/vnd.apache.parquet",
      },
    ],
    events: [
      { digest: releaseDigest as Digest, type: "INPUT", role: "release" },
      { digest: batch.inputDigest, type: "INPUT", role: "rows" },
      { digest: file.digest, type: "OUTPUT", role: "predictions" },
    ],
  };
}
