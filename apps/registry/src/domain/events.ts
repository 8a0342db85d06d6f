import type { Write } from "@throughline/store";

/** What other programs can be told of, by the name that MLflow has for it where it has one. */
export const EVENTS = [
  "registered_model.created",
  "model_version.created",
  "model_version_tag.set",
  "model_version_tag.deleted",
  "model_version_alias.created",
  "model_version_alias.deleted",
  "model_version_stage.changed",
  "release.created",
  "deployment.changed",
  "rollout.started",
  "rollout.stepped",
  "rollout.paused",
  "rollout.promoted",
  "rollout.aborted",
  "rollout.superseded",
  "feature_view.stale",
  "feature_view.recovered",
] as const;

export type EventName = (typeof EVENTS)[number];

/** Something that happened. `data` is what receivers get, as JSON. */
export interface RegistryEvent {
  readonly event: EventName;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The writes that tell of events, to be applied in one batch with the work that they tell of. None if nobody listens. */
export type RegistryEvents = (project: string, events: readonly RegistryEvent[]) => Promise<readonly Write[]>;
