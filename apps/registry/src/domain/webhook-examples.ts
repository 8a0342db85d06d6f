import type { EventName } from "./events.ts";

const MODEL = { name: "example_model" };
const VERSION = { ...MODEL, version: "1" };
const TEXTS = { tags: { example_key: "example_value" }, description: "An example" };

const ROLLOUT = {
  name: "projects/example/deployments/example/rollouts/1",
  deployment: "projects/example/deployments/example",
  revision: 1,
  candidate: "projects/example/releases/0123456789abcdef",
  baseline: "projects/example/releases/fedcba9876543210",
  strategy: "CANARY",
  state: "RUNNING",
  step: 0,
};

const FRESHNESS = {
  name: "projects/example/featureViews/example",
  version: 1,
  alert: "projects/example/freshnessAlerts/1",
  time: "2026-01-01T12:00:00.000Z",
  newest_event_time: "2026-01-01T11:00:00.000Z",
  event_age_seconds: 3_600,
  target_seconds: 1_800,
};

const EXAMPLES: Readonly<Record<EventName, Readonly<Record<string, unknown>>>> = {
  "registered_model.created": { ...MODEL, ...TEXTS },
  "model_version.created": { ...VERSION, source: "models:/m-0", run_id: "0123456789abcdef", ...TEXTS },
  "model_version_tag.set": { ...VERSION, key: "example_key", value: "example_value" },
  "model_version_tag.deleted": { ...VERSION, key: "example_key" },
  "model_version_alias.created": { ...MODEL, alias: "example_alias", version: "1" },
  "model_version_alias.deleted": { ...MODEL, alias: "example_alias" },
  "model_version_stage.changed": { ...VERSION, from_stage: "None", to_stage: "Staging" },
  "release.created": {
    name: "projects/example/releases/0123456789abcdef",
    digest: `sha256:${"0".repeat(64)}`,
    model_versions: ["projects/example/models/example_model/versions/1"],
  },
  "deployment.changed": {
    name: "projects/example/deployments/example",
    revision: 1,
    traffic: [{ release: "projects/example/releases/0123456789abcdef", weight_basis_points: 10_000 }],
  },
  "rollout.started": ROLLOUT,
  "rollout.stepped": { ...ROLLOUT, revision: 2, step: 1 },
  "rollout.paused": { ...ROLLOUT, revision: 2, state: "PAUSED" },
  "rollout.promoted": { ...ROLLOUT, revision: 2, state: "PROMOTED", step: 1 },
  "rollout.aborted": { ...ROLLOUT, revision: 2, state: "ABORTED" },
  "rollout.superseded": { ...ROLLOUT, revision: 2, state: "SUPERSEDED" },
  "feature_view.stale": FRESHNESS,
  "feature_view.recovered": {
    ...FRESHNESS,
    alert: "projects/example/freshnessAlerts/2",
    newest_event_time: "2026-01-01T11:59:00.000Z",
    event_age_seconds: 60,
  },
};

/** What a receiver gets as the data of an event, with made-up values. */
export const exampleOf = (event: EventName): Readonly<Record<string, unknown>> => EXAMPLES[event];
