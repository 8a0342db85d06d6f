import { ARTIFACT_LISTS } from "./artifact-lists.ts";
import { DATASET_SUMMARIES } from "./dataset-summaries.ts";
import type { Endpoint } from "./endpoint.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { INPUTS } from "./inputs.ts";
import { LOGGED_MODELS } from "./logged-models.ts";
import { LOGGING } from "./logging.ts";
import { METRICS } from "./metrics.ts";
import { MODEL_VERSIONS } from "./model-versions.ts";
import { MODELS } from "./models.ts";
import { PAGE_FILES } from "./page-files.ts";
import { PRESIGNED } from "./presigned.ts";
import { RUNS } from "./runs.ts";
import { SERVER_INFO } from "./server-info.ts";
import { WEBHOOKS } from "./webhooks.ts";

/** All of MLflow's API that the platform has, but for the bytes of artifacts. */
export const ENDPOINTS: readonly Endpoint[] = [
  ...EXPERIMENTS,
  ...RUNS,
  ...LOGGING,
  ...METRICS,
  ...INPUTS,
  ...DATASET_SUMMARIES,
  ...ARTIFACT_LISTS,
  ...PAGE_FILES,
  ...PRESIGNED,
  ...LOGGED_MODELS,
  ...MODELS,
  ...MODEL_VERSIONS,
  ...WEBHOOKS,
  ...SERVER_INFO,
];

export interface FoundEndpoint {
  readonly endpoint: Endpoint;
  readonly pathValues: readonly string[];
}

/** Finds what answers a path, which is compared as it was sent. */
export type FindEndpoints = (path: string) => readonly FoundEndpoint[];

export function endpointFinder(endpoints: readonly Endpoint[]): FindEndpoints {
  const plain = new Map<string, FoundEndpoint[]>();
  const patterned: { readonly pattern: RegExp; readonly endpoint: Endpoint }[] = [];
  for (const endpoint of endpoints) {
    if (endpoint.path.includes("{}"))
      patterned.push({ endpoint, pattern: new RegExp(`^${endpoint.path.replaceAll("{}", "([^/]+)")}$`) });
    else plain.set(endpoint.path, [...(plain.get(endpoint.path) ?? []), { endpoint, pathValues: [] }]);
  }
  return (path) => {
    const found = plain.get(path);
    if (found) return found;
    return patterned.flatMap(({ endpoint, pattern }) => {
      const match = pattern.exec(path);
      return match ? [{ endpoint, pathValues: match.slice(1) }] : [];
    });
  };
}
