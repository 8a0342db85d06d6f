import type { EventName } from "./events.ts";

const MODEL = { name: "example_model" };
const VERSION = { ...MODEL, version: "1" };
const TEXTS = { tags: { example_key: "example_value" }, description: "An example" };

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
};

/** What a receiver gets as the data of an event, with made-up values. */
export const exampleOf = (event: EventName): Readonly<Record<string, unknown>> => EXAMPLES[event];
