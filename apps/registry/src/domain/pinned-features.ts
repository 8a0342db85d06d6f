import type { FieldViolation } from "@throughline/kernel";
import { projectOf } from "./names.ts";
import type { FeatureServices, PinnedFeatureService } from "./ports.ts";
import type { ReleaseFeatures } from "./release.ts";

/** How far back an older version of a feature service is looked for. */
const VERSIONS_BACK_MAX = 100;

/** What a release reads, filled in from the feature service that it pins. */
export interface PinnedFeatures {
  readonly filled: ReleaseFeatures;
  readonly service: PinnedFeatureService;
}

/** Finds the features of a release, and adds what the caller said wrongly of them to `violations`. */
export async function pinnedFeatures(
  featureServices: FeatureServices,
  { project, wanted }: { readonly project: string; readonly wanted: ReleaseFeatures | undefined },
  violations: FieldViolation[],
): Promise<PinnedFeatures | undefined> {
  if (!wanted) return undefined;
  const path = "manifest.features";
  const name = wanted.featureService;
  if (projectOf(name) !== project) {
    violations.push({
      path: `${path}.feature_service`,
      description: `${name || "no feature service"} is not of ${project}`,
    });
    return undefined;
  }
  const service = await findPinned(featureServices, name, wanted.digest);
  if (!service) {
    violations.push({
      path: wanted.digest === "" ? `${path}.feature_service` : `${path}.digest`,
      description: `there is no feature service ${name}${wanted.digest === "" ? "" : ` with the digest ${wanted.digest}`}`,
    });
    return undefined;
  }
  const filled = featuresOf(name, service);
  if (filled.features.length === 0)
    violations.push({ path: `${path}.feature_service`, description: `${name} has no features` });
  violations.push(
    ...differences(wanted, filled).map((field) => ({
      path: `${path}.${field}`,
      description: `it differs from version ${service.version} of ${name}; leave it out to have it filled in`,
    })),
  );
  return { filled, service };
}

/** The version with the digest, or the newest if there is no digest. Older versions are looked for from new to old. */
export async function findPinned(
  featureServices: FeatureServices,
  name: string,
  digest: string,
): Promise<PinnedFeatureService | undefined> {
  const newest = await featureServices.find(name, 0);
  if (!newest || digest === "" || newest.digest === digest) return newest;
  const oldest = Math.max(1, newest.version - VERSIONS_BACK_MAX);
  for (let version = newest.version - 1; version >= oldest; version--) {
    const found = await featureServices.find(name, version);
    if (found?.digest === digest) return found;
  }
  return undefined;
}

const featuresOf = (name: string, service: PinnedFeatureService): ReleaseFeatures => ({
  featureService: name,
  digest: service.digest,
  viewVersions: Object.fromEntries(service.views.map((it) => [it.view.split("/").at(-1) ?? it.view, it.version])),
  features: service.features,
  requestFeatures: service.requestFeatures,
});

/** Fields that the caller gave and that are not so. What is empty was not given. */
function differences(wanted: ReleaseFeatures, actual: ReleaseFeatures): readonly string[] {
  const views = Object.entries(wanted.viewVersions);
  return [
    ...(views.length > 0 && !sameEntries(wanted.viewVersions, actual.viewVersions) ? ["view_versions"] : []),
    ...(wanted.features.length > 0 && !sameItems(wanted.features, actual.features) ? ["features"] : []),
    ...(wanted.requestFeatures.length > 0 && !sameItems(wanted.requestFeatures, actual.requestFeatures)
      ? ["request_features"]
      : []),
  ];
}

const sameItems = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((it, i) => it === b[i]);

const sameEntries = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && b[key] === value);
