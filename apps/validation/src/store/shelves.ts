import type { Clock, PageTokens } from "@throughline/kernel";
import type { LineageOutbox } from "@throughline/lineage";
import { idempotent, type Store } from "@throughline/store";
import type { Deps } from "../domain/deps.ts";
import type { DriftReport } from "../domain/drift.ts";
import type { Evaluation } from "../domain/evaluation.ts";
import { driftReportName, evaluationName, schemaName, statisticsName } from "../domain/names.ts";
import type { Schema } from "../domain/schema.ts";
import type { StatisticsSummary } from "../domain/statistics.ts";
import { shelf } from "./shelf.ts";

export interface ShelvesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  readonly outbox: Pick<LineageOutbox, "writes">;
}

/** The shelves of the service, each a collection of its own. */
export function shelves(options: ShelvesOptions): Pick<Deps, "statistics" | "schemas" | "reports" | "evaluations"> {
  const base = { ...options, once: idempotent(options) };
  return {
    statistics: shelf<StatisticsSummary>({
      ...base,
      collection: "validation_statistics",
      projectOf: (name) => statisticsName.parse(name).project,
      digestOf: (it) => it.digest,
    }),
    schemas: shelf<Schema>({
      ...base,
      collection: "validation_schemas",
      projectOf: (name) => schemaName.parse(name).project,
      digestOf: (it) => it.digest,
    }),
    reports: shelf<DriftReport>({
      ...base,
      collection: "validation_drift_reports",
      projectOf: (name) => driftReportName.parse(name).project,
    }),
    evaluations: shelf<Evaluation>({
      ...base,
      collection: "validation_evaluations",
      projectOf: (name) => evaluationName.parse(name).project,
      digestOf: (it) => it.digest,
      subjectAt: ["thing", "subject"],
    }),
  };
}
