import type { FieldViolation } from "@throughline/kernel";
import { projectOf } from "./names.ts";
import type { FeatureServices, PinnedFeatureService } from "./ports.ts";
import type { ReleaseFeatures } from "./release.ts";

/** What a release reads, filled in from the feature service that it pins. */
export interface PinnedFeatures {
  readonly filled: ReleaseFeatures;
  readonly service: PinnedFeatureService;
}

/** What a caller says of the features of a release, or of one of its nodes. */
export interface WantedFeatures {
  readonly project: string;
  readonly wanted: ReleaseFeatures | undefined;
  /** Where it says so. Left out: of the release. */
  readonly path?: string;
}

/** Finds the features of a release or a node, and adds what the caller said wrongly of them to `violations`. */
export async function pinnedFeatures(
  featureServices: FeatureServices,
  { project, wanted, path = "manifest.features" }: WantedFeatures,
  violations: FieldViolation[],
): Promise<PinnedFeatures | undefined> {
  if (!wanted) return undefined;
  const name = wanted.featureService;
  if (projectOf(name) !== project) {
    violations.push({
      path: `${path}.feature_service`,
      description: `${name || "no feature service"} is not of ${project}`,
    });
    return undefined;
  }
  const service = await featureServices.find(name, wanted.featureServiceVersion);
  if (!service) {
    const version = wanted.featureServiceVersion === 0 ? "" : ` at version ${wanted.featureServiceVersion}`;
    violations.push({ path: `${path}.feature_service`, description: `there is no feature service ${name}${version}` });
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

const featuresOf = (name: string, service: PinnedFeatureService): ReleaseFeatures => ({
  featureService: name,
  featureServiceVersion: service.version,
  digest: service.digest,
  viewVersions: Object.fromEntries(service.views.map((it) => [it.view.split("/").at(-1) ?? it.view, it.version])),
  features: service.features,
  requestFeatures: service.requestFeatures,
});

/** Fields that the caller gave and that are not so. What is empty was not given. */
function differences(wanted: ReleaseFeatures, actual: ReleaseFeatures): readonly string[] {
  const views = Object.entries(wanted.viewVersions);
  return [
    ...(wanted.digest !== "" && wanted.digest !== actual.digest ? ["digest"] : []),
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
