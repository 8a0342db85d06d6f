import type { FeatureValue } from "@throughline/kernel";
import { featuresChanged } from "./errors.ts";
import type { RunCall } from "./model-host.ts";
import type { Release } from "./release.ts";

export type FeatureStatus = "present" | "missing" | "stale";

/** One feature of a vector, with both of its times where it has them. */
export interface Feature {
  readonly value: FeatureValue;
  readonly status: FeatureStatus;
  readonly eventTimeNs?: bigint;
  readonly knowledgeTimeNs?: bigint;
}

/** What goes along with a call to another service, and with the runs of models. */
export interface CallContext extends RunCall {
  /** Trace and caller. */
  readonly headers: Headers;
  /** Who calls, where a call is made while theirs is handled: then trace and caller go along without these headers. */
  readonly actor?: string;
}

/** What a caller says of the row to predict for: entity keys and request features by name. */
export type Entity = Readonly<Record<string, FeatureValue>>;

/** Online features of one release, by its pinned definition alone. */
export interface BoundFeatures {
  /** Fields of the entity by which rows are found: each must be there, null where it is not known. */
  readonly keyFields: readonly string[];
  /** The release's features in its order, as known at `asOfNs`. Fails with FEATURES_CHANGED, and as the store does. */
  fetch(row: { readonly entity: Entity; readonly asOfNs: bigint }, call: CallContext): Promise<readonly Feature[]>;
  /**
   * The values alone of as many rows of one instant, at a fraction of the price: all of them, or none. Each row must have the same fields.
   * Fails as `fetch` does.
   */
  fetchValues(
    rows: readonly Entity[],
    asOfNs: bigint,
    call: CallContext,
  ): Promise<readonly (readonly FeatureValue[])[]>;
}

/** Where online features come from. */
export interface FeatureSource {
  /** Finds the version that the release, or an enrich node of it, pins. Fails with FEATURES_CHANGED if it has another digest. */
  bind(pinned: Pick<Release, "name" | "features">): Promise<BoundFeatures>;
}

/** The number that a model sees for a feature: NaN for none. Fails for values that are no numbers. */
export function numberOf(value: FeatureValue, place: { readonly release: string; readonly feature: string }): number {
  if (value === null) return Number.NaN;
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  throw featuresChanged(place.release, `the feature ${place.feature} is no number`);
}
