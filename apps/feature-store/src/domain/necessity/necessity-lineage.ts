import type { Digest } from "@throughline/kernel";
import type { LineageEvent, LineageRecord } from "@throughline/lineage";
import type { FeatureView } from "../feature-view.ts";
import { necessityReportName, viewName } from "../names.ts";
import type { NecessityReport } from "./necessity-report.ts";

/** What a report was made of. */
export interface ReportInputs {
  readonly trainingSetFile: Digest;
  readonly views: readonly FeatureView[];
  readonly modelDigest?: Digest;
}

/** The thread from a training set, its views and a model to the report about them. */
export function reportRecord(report: NecessityReport, inputs: ReportInputs): LineageRecord {
  const { project, id, digest, sizeBytes, actor, createTimeMs: timeMs } = report;
  const resource = necessityReportName.format({ project, necessityReport: id });
  const mediaType = "application/json";
  return {
    execution: {
      id: `feature-store:necessity-report:${project}:${id}`,
      project: `projects/${project}`,
      kind: "REPORT",
      resource,
      actor,
      timeMs,
    },
    artifacts: [
      ...inputs.views.map((view) => ({
        digest: view.digest,
        kind: "FEATURE_VIEW" as const,
        sizeBytes: 0,
        mediaType,
        resource: viewName.format({ project, view: view.id }),
      })),
      { digest, kind: "NECESSITY_REPORT", resource, sizeBytes, mediaType },
    ],
    events: [
      { digest: inputs.trainingSetFile, type: "INPUT", role: "training_set" },
      ...inputs.views.map(
        (view): LineageEvent => ({
          digest: view.digest,
          type: "INPUT",
          role: `feature_view.${view.id}.${view.version}`.slice(0, 255),
        }),
      ),
      ...(inputs.modelDigest
        ? [{ digest: inputs.modelDigest, type: "INPUT", role: "model" } satisfies LineageEvent]
        : []),
      { digest, type: "OUTPUT", role: "necessity_report" },
    ],
  };
}
