import type { BlobStore } from "@throughline/blobs";
import { type FieldViolation, isDigest } from "@throughline/kernel";
import type { ArtifactKind } from "@throughline/lineage";
import { releaseRefused } from "./errors.ts";
import { featureParts, type ReleasePart } from "./lineage.ts";
import { pinnedFeatures } from "./pinned-features.ts";
import type { ReleaseManifest } from "./release.ts";
import { checkCalibration } from "./release-calibration.ts";
import { checkedGraph } from "./release-graph.ts";
import type { PartSources } from "./release-models.ts";
import { checkedModels } from "./release-models.ts";

/** A manifest with everything filled in, and its parts for the thread. */
export interface CompleteManifest {
  readonly manifest: ReleaseManifest;
  readonly parts: readonly ReleasePart[];
}

/**
 * Fills in what the platform knows of the parts of a release, and checks what the caller said of them. Fails with
 * RELEASE_REFUSED and every reason at once.
 */
export async function completeManifest(
  sources: PartSources,
  project: string,
  wanted: ReleaseManifest,
): Promise<CompleteManifest> {
  const violations: FieldViolation[] = [];
  const { featureServices } = sources;
  const features = await pinnedFeatures(featureServices, { project, wanted: wanted.features }, violations);
  const models = await checkedModels(sources, { project, wanted }, violations);
  const graph = await checkedGraph(featureServices, { project, wanted, features, models: models.filled }, violations);
  const others = await digestParts(sources.blobs, wanted, violations);
  const { scoreCount } = graph;
  await checkCalibration(sources.blobs, { digest: wanted.calibrationDigest, scoreCount }, violations);
  for (const [name, threshold] of Object.entries(wanted.thresholds))
    if (!Number.isFinite(threshold))
      violations.push({ path: `manifest.thresholds["${name}"]`, description: `${threshold} is no threshold` });
  if (violations.length > 0) throw releaseRefused(violations);
  const { features: _, ...rest } = wanted;
  return {
    manifest: {
      ...rest,
      models: models.filled,
      graph: graph.filled,
      ...(features && { features: features.filled }),
    },
    parts: distinct([
      ...models.parts,
      ...(features ? featureParts(features.filled.featureService, features.service) : []),
      ...graph.parts,
      ...others,
    ]),
  };
}

/** Two nodes may run the same model, or read the same views. */
const distinct = (parts: readonly ReleasePart[]): readonly ReleasePart[] => [
  ...new Map(parts.map((it) => [`${it.role} ${it.digest} ${it.resource}`, it])).values(),
];

/** The parts that a manifest names by digest alone. */
const DIGESTS: readonly (readonly [
  member: "schemaDigest" | "baselineStatisticsDigest" | "certificateDigest" | "calibrationDigest",
  field: string,
  kind: ArtifactKind,
])[] = [
  ["schemaDigest", "schema", "SCHEMA"],
  ["baselineStatisticsDigest", "baseline_statistics", "STATISTICS"],
  ["certificateDigest", "certificate", "CERTIFICATE"],
  ["calibrationDigest", "calibration", "FILE"],
];

async function digestParts(
  blobs: Pick<BlobStore, "stat">,
  wanted: ReleaseManifest,
  violations: FieldViolation[],
): Promise<readonly ReleasePart[]> {
  const parts: ReleasePart[] = [];
  for (const [member, role, kind] of DIGESTS) {
    const digest = wanted[member];
    if (digest === "") continue;
    const stored = isDigest(digest) ? await blobs.stat(digest) : undefined;
    if (stored) parts.push({ digest: stored.digest, role, kind, resource: "", sizeBytes: stored.size });
    else violations.push({ path: `manifest.${role}_digest`, description: `nothing is stored under ${digest}` });
  }
  return parts;
}
