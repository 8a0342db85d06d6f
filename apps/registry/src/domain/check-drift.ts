import type { BlobStore } from "@throughline/blobs";
import { type FieldViolation, isDigest } from "@throughline/kernel";
import { baselineOfStatistics, type FeatureBaseline } from "@throughline/rollouts";
import { storedBytes } from "./known-evidence.ts";
import type { ReleaseManifest } from "./release.ts";
import type { RolloutPlan } from "./rollout-plan.ts";

/** A release whose answers are compared, as far as their drift follows from it. */
export interface DriftingRelease {
  readonly name: string;
  readonly manifest: Pick<ReleaseManifest, "baselineStatisticsDigest" | "features">;
}

/** Bytes of statistics that are read at most: routers read no more. */
const STATISTICS_BYTES_MAX = 64 * 1024 ** 2;

/**
 * Why the drift of features that a plan asks for would never be told: a release has no baseline, or the features are none of its own, or
 * the baseline does not say what is usual of them. Everything at once.
 */
export async function driftProblems(
  blobs: Pick<BlobStore, "stat" | "get">,
  plan: Pick<RolloutPlan, "analyses">,
  releases: readonly DriftingRelease[],
): Promise<readonly FieldViolation[]> {
  const asked = plan.analyses.flatMap(({ source }, i) =>
    source.kind === "FEATURE_DRIFT"
      ? [{ path: `rollout.plan.analyses[${i}].feature_drift`, features: source.features }]
      : [],
  );
  if (asked.length === 0) return [];
  // Statistics may be large, and are read once for all analyses.
  const compared: { readonly release: DriftingRelease; readonly baseline: FeatureBaseline | string }[] = [];
  for (const release of releases) compared.push({ release, baseline: await baselineOf(blobs, release) });
  return asked.flatMap(({ path, features }) =>
    compared.flatMap(({ release, baseline }) =>
      (typeof baseline === "string"
        ? [{ field: "", description: baseline }]
        : featureProblems(release, features, baseline)
      ).map(({ field, description }) => ({ path: `${path}${field}`, description })),
    ),
  );
}

/** What is usual of a release's features, or why that is not known. */
async function baselineOf(
  blobs: Pick<BlobStore, "stat" | "get">,
  { name, manifest: { baselineStatisticsDigest: digest } }: DriftingRelease,
): Promise<FeatureBaseline | string> {
  if (!isDigest(digest)) return `${name} has no baseline statistics`;
  const bytes = await storedBytes(blobs, digest, STATISTICS_BYTES_MAX);
  const baseline = bytes && baselineOfStatistics(bytes);
  return baseline ?? `the baseline statistics of ${name} are not stored, or none of the validation service`;
}

interface FeatureProblem {
  /** Below the path of the source. */
  readonly field: string;
  readonly description: string;
}

function featureProblems(
  { name, manifest: { features } }: DriftingRelease,
  asked: readonly string[],
  baseline: FeatureBaseline,
): readonly FeatureProblem[] {
  const isRead = (it: string): boolean => (features ? features.features.includes(it) : NUMBERED.test(it));
  if (asked.length === 0) {
    const isSeen = [...baseline.keys()].some(isRead);
    const description = `the baseline statistics of ${name} say of none of its features what is usual`;
    return isSeen ? [] : [{ field: "", description }];
  }
  const own = features
    ? `${features.features.slice(0, NAMED_MAX).join(", ")}${features.features.length > NAMED_MAX ? ", …" : ""}`
    : "input_0, input_1 and so on, as it names none";
  return asked.flatMap((it, i) => {
    const field = `.features[${i}]`;
    if (!isRead(it)) return [{ field, description: `${name} has no feature "${it}"; it has ${own}` }];
    return baseline.has(it)
      ? []
      : [{ field, description: `the baseline statistics of ${name} do not say what is usual of "${it}"` }];
  });
}

/** What the log calls the values of tensors for a release that names no features. */
const NUMBERED = /^input_\d+$/;

/** Features that a message names at most. */
const NAMED_MAX = 10;
