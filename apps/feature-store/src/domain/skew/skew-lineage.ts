import type { Digest } from "@throughline/kernel";
import type { LineageEvent, LineageRecord } from "@throughline/lineage";
import type { BoundService } from "../feature-service.ts";
import { skewReportName } from "../names.ts";
import { viewInputs } from "../view-lineage.ts";
import type { SkewReport } from "./skew-report.ts";

/** What the lineage of a report tells. */
export interface SkewLineage {
  readonly report: SkewReport;
  /** What was joined. */
  readonly joined: BoundService;
  /** The files of sources that were joined. */
  readonly fileDigests: readonly Digest[];
}

/** A record holds at most 1,000 edges; files beyond these go into further executions. */
const FILES_MAX = 700;

/** The thread from the predictions, and from the views and the data that were joined, to the report. */
export function skewRecords({ report, joined, fileDigests }: SkewLineage): readonly LineageRecord[] {
  const { project, id, digest, sizeBytes, actor, createTimeMs: timeMs } = report;
  const resource = skewReportName.format({ project, skewReport: id });
  const files = [...new Set(fileDigests)];
  const parts = Math.max(1, Math.ceil(files.length / FILES_MAX));
  return Array.from(
    { length: parts },
    (_, part): LineageRecord => ({
      execution: {
        id: `feature-store:skew-report:${project}:${id}${part === 0 ? "" : `:${part + 1}`}`,
        project: `projects/${project}`,
        kind: "REPORT",
        resource,
        actor,
        timeMs,
      },
      artifacts: [
        ...viewInputs(joined).artifacts,
        { digest, kind: "SKEW_REPORT", resource, sizeBytes, mediaType: "application/json" },
      ],
      events: [
        { digest: report.predictionsDigest, type: "INPUT", role: "predictions" },
        ...viewInputs(joined).events,
        ...files
          .slice(part * FILES_MAX, (part + 1) * FILES_MAX)
          .map((it): LineageEvent => ({ digest: it, type: "INPUT", role: "segment" })),
        { digest, type: "OUTPUT", role: "skew_report" },
      ],
    }),
  );
}
