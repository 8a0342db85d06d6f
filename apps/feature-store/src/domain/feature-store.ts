import type { Clock } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import type { Catalog } from "./catalog.ts";
import type { TrainingSetDeps } from "./create-training-set.ts";
import type { Define } from "./define.ts";
import type { OnlineStore } from "./online-store.ts";
import type { PushDeps } from "./push-rows.ts";
import type { ServicePlans } from "./service-plans.ts";

/** Everything that the edge of the service calls, put together once. */
export interface FeatureStore extends PushDeps, TrainingSetDeps {
  readonly define: Define;
  readonly catalog: Catalog;
  readonly plans: ServicePlans;
  readonly online: OnlineStore;
  readonly operations: Operations;
  readonly clock: Clock;
}
