import type { Clock, PageTokens } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import type { Alerting } from "./alerting.ts";
import type { Catalog } from "./catalog.ts";
import type { TrainingSetDeps } from "./create-training-set.ts";
import type { DataTags } from "./data-tags.ts";
import type { Define, DefineDeps } from "./define.ts";
import type { ForgetDeps } from "./forget/forget-entity.ts";
import type { Forgettings } from "./forget/forgetting.ts";
import type { FreshnessAlerts } from "./freshness-alerts.ts";
import type { Generations } from "./generations.ts";
import type { NecessityDeps } from "./necessity/create-necessity-report.ts";
import type { OnlineStore } from "./online-store.ts";
import type { ReportDeps } from "./privacy/report.ts";
import type { ExpireDeps } from "./retention/expire-data.ts";
import type { RevertDeps } from "./revert.ts";
import type { RowStreamDeps } from "./row-stream.ts";
import type { ServingLog } from "./served/serving-log.ts";
import type { ServicePlans } from "./service-plans.ts";
import type { SkewReports } from "./skew/skew-report.ts";
import type { StoredFiles } from "./stored-files.ts";
import type { TransformDeps } from "./transforms/fit-transforms.ts";

/** Everything that the edge of the service calls, put together once. */
export interface FeatureStore
  extends RowStreamDeps,
    TrainingSetDeps,
    TransformDeps,
    RevertDeps,
    DefineDeps,
    ReportDeps,
    ForgetDeps,
    NecessityDeps,
    Pick<ExpireDeps, "retentions" | "expiryLog"> {
  readonly define: Define;
  readonly storedFiles: StoredFiles;
  readonly forgettings: Forgettings;
  readonly catalog: Catalog;
  readonly tags: DataTags;
  readonly plans: ServicePlans;
  /** With every layout in its current generation. */
  readonly online: OnlineStore;
  readonly generations: Generations;
  readonly freshnessAlerts: FreshnessAlerts;
  readonly alerting: Alerting;
  /** Kept by another service. */
  readonly servingLog: ServingLog;
  readonly skewReports: SkewReports;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  /** Files of a source that are left alone as long as no more of them are small. */
  readonly filesMax: number;
}
