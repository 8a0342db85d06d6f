import { invalidField } from "@throughline/kernel";
import { type EvidenceSources, knownOf } from "./known-evidence.ts";
import { metricDifferences } from "./metric-difference.ts";
import type { VersionFacts } from "./metric-seen.ts";
import type { ModelVersion } from "./model.ts";
import type { ReleaseModel } from "./release.ts";
import { partDifferences, type ReleaseDifference } from "./release-difference.ts";
import type { ReleaseStore } from "./release-store.ts";
import { getRelease } from "./releases.ts";

export interface DiffDeps extends EvidenceSources {
  readonly releases: ReleaseStore;
  readonly findVersion: (name: string) => Promise<ModelVersion | undefined>;
}

/** How a release differs from another of its project: first the parts, then the metrics. Fails with NOT_FOUND. */
export async function diffReleases(
  deps: DiffDeps,
  { name, base }: { readonly name: string; readonly base: string },
): Promise<readonly ReleaseDifference[]> {
  const [other, from] = await Promise.all([getRelease(deps, name), getRelease(deps, base)]);
  if (other.project !== from.project) throw invalidField("base", `it is not of ${other.project}`);
  const differences = [...partDifferences(from.manifest, other.manifest)];
  for (const [node, after] of Object.entries(other.manifest.models)) {
    const before = from.manifest.models[node];
    if (!before || before.digest === after.digest) continue;
    const [old, next] = await Promise.all([factsOf(deps, before), factsOf(deps, after)]);
    if (!old || !next) continue;
    const unasked = old.known.unasked?.evaluation ?? next.known.unasked?.evaluation;
    differences.push(...(unasked === undefined ? metricDifferences(node, old, next) : [notCompared(node, unasked)]));
  }
  return differences;
}

/** In place of differences from evaluations that may not be the newest, or of none. */
const notCompared = (node: string, unasked: string): ReleaseDifference => ({
  kind: "METRIC",
  path: `metrics.${node}`,
  before: "",
  after: "",
  sentence: `${unasked}, so that it cannot be told how the metrics of ${node} differ. Look again when it answers.`,
});

/** What is known of a model of a release, if it is registered here. */
async function factsOf(deps: DiffDeps, { modelVersion, digest }: ReleaseModel): Promise<VersionFacts | undefined> {
  const version = await deps.findVersion(modelVersion);
  return version?.digest === digest ? { version, known: await knownOf(deps, version) } : undefined;
}
