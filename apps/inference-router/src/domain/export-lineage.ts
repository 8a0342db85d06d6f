import type { Digest } from "@throughline/kernel";
import type { LineageArtifact, LineageEvent, LineageRecord } from "@throughline/lineage";
import type { ClosedWindow } from "./export-window.ts";
import type { ReleaseFacts } from "./prediction.ts";

/** What the lineage of an export tells. */
export interface ExportLineage {
  readonly window: Pick<ClosedWindow, "deployment" | "actor">;
  /** Name of the operation. */
  readonly operation: string;
  readonly releases: readonly { readonly facts: ReleaseFacts }[];
  readonly segments: readonly { readonly digest: Digest }[];
  readonly file: { readonly digest: Digest; readonly size: number };
  readonly timeMs: number;
}

/** A record holds at most 1,000 edges; segments beyond these go into further executions. */
const SEGMENTS_MAX = 700;

/** The thread from the releases that answered and the sealed parts of the log to the file. */
export function exportRecords(lineage: ExportLineage): readonly LineageRecord[] {
  const { window, operation, releases, segments, file, timeMs } = lineage;
  const [, project = ""] = window.deployment.split("/");
  const id = `inference-router:${operation.slice(operation.lastIndexOf("/") + 1)}`;
  const parts = Math.max(1, Math.ceil(segments.length / SEGMENTS_MAX));
  const { deployment: resource, actor } = window;
  return Array.from({ length: parts }, (_, part): LineageRecord => {
    const some = segments.slice(part * SEGMENTS_MAX, (part + 1) * SEGMENTS_MAX);
    return {
      execution: {
        id: part === 0 ? id : `${id}:${part + 1}`,
        project: `projects/${project}`,
        kind: "PREDICT",
        resource,
        actor,
        timeMs,
      },
      artifacts: [
        // The bytes of a segment stay with the log: it is known by its digest alone.
        ...some.map(
          ({ digest }): LineageArtifact => ({ digest, kind: "PREDICTION_LOG", resource, sizeBytes: 0, mediaType: "" }),
        ),
        {
          digest: file.digest,
          kind: "PREDICTION_LOG",
          resource,
          sizeBytes: file.size,
          mediaType: "application/vnd.apache.parquet",
        },
      ],
      events: [
        ...releases.map(
          ({ facts }): LineageEvent => ({ digest: facts.digest as Digest, type: "INPUT", role: "release" }),
        ),
        ...some.map(({ digest }): LineageEvent => ({ digest, type: "INPUT", role: "log_segment" })),
        { digest: file.digest, type: "OUTPUT", role: "predictions" },
      ],
    };
  });
}
