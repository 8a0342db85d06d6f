import type { Clock, PageTokens } from "@throughline/kernel";
import type { Operations } from "@throughline/operations";
import type { Catalog } from "./catalog.ts";
import type { TrainingSetDeps } from "./create-training-set.ts";
import type { DataTags } from "./data-tags.ts";
import type { Define, DefineDeps } from "./define.ts";
import type { Generations } from "./generations.ts";
import type { OnlineStore } from "./online-store.ts";
import type { PushDeps } from "./push-rows.ts";
import type { RevertDeps } from "./revert.ts";
import type { ServicePlans } from "./service-plans.ts";
import type { TransformDeps } from "./transforms/fit-transforms.ts";

/** Everything that the edge of the service calls, put together once. */
export interface FeatureStore extends PushDeps, TrainingSetDeps, TransformDeps, RevertDeps, DefineDeps {
  readonly define: Define;
  readonly catalog: Catalog;
  readonly tags: DataTags;
  readonly plans: ServicePlans;
  /** With every layout in its current generation. */
  readonly online: OnlineStore;
  readonly generations: Generations;
  readonly operations: Operations;
  readonly clock: Clock;
  readonly pageTokens: PageTokens;
  /** Files of a source that are left alone as long as no more of them are small. */
  readonly filesMax: number;
}
