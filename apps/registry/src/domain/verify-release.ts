import type { BlobStore } from "@throughline/blobs";
import { isDigest, streamingDigest } from "@throughline/kernel";
import { manifestDigest, type Release } from "./release.ts";
import { getRelease, type ReleaseDeps } from "./releases.ts";

/** The check of one part of a release. */
export interface PartCheck {
  /** Such as `models.late`. */
  readonly part: string;
  readonly expectedDigest: string;
  /** Of what is stored; empty if the part is missing. */
  readonly actualDigest: string;
}

/**
 * Computes every digest of a release again: of the manifest's bytes, of the manifest that is answered to callers, of each
 * model, its transforms and each file from its stored bytes, and of the feature services as the feature store has them. Fails with NOT_FOUND.
 */
export async function verifyRelease(deps: ReleaseDeps, name: string): Promise<readonly PartCheck[]> {
  const release = await getRelease(deps, name);
  const { manifest, digest } = release;
  const stored: readonly (readonly [string, string])[] = [
    ["manifest", digest],
    ...Object.entries(manifest.models).map(([node, it]) => [`models.${node}`, it.digest] as const),
    ...Object.entries(manifest.models).map(
      ([node, it]) => [`transforms.${node}`, it.transformFitDigest ?? ""] as const,
    ),
    ["schema", manifest.schemaDigest],
    ["baseline_statistics", manifest.baselineStatisticsDigest],
    ["certificate", manifest.certificateDigest],
    ["calibration", manifest.calibrationDigest],
  ];
  const parts: PartCheck[] = [
    { part: "record", expectedDigest: digest, actualDigest: manifestDigest(manifest) },
    ...(await featuresChecks(deps, release)),
  ];
  // One after the other: models are large.
  for (const [part, expectedDigest] of stored.filter(([, it]) => it !== ""))
    parts.push({ part, expectedDigest, actualDigest: await storedDigest(deps.blobs, expectedDigest) });
  return parts;
}

/** The feature services that a release and its nodes read, each as the feature store has it. */
async function featuresChecks({ featureServices }: ReleaseDeps, { manifest }: Release): Promise<readonly PartCheck[]> {
  const { features, graph } = manifest;
  const pinned = [
    ...(features ? [["features", features] as const] : []),
    ...graph.nodes.flatMap(({ name, enrich }) => (enrich ? [[`features.${name}`, enrich] as const] : [])),
  ];
  return Promise.all(
    pinned.map(async ([part, { featureService, featureServiceVersion, digest }]) => {
      const service = await featureServices.find(featureService, featureServiceVersion);
      return { part, expectedDigest: digest, actualDigest: service?.digest ?? "" };
    }),
  );
}

/** The digest of what is stored under a digest, computed here. */
async function storedDigest(blobs: Pick<BlobStore, "stat" | "get">, digest: string): Promise<string> {
  const info = isDigest(digest) ? await blobs.stat(digest) : undefined;
  if (!info) return "";
  const hash = streamingDigest();
  // A range is read as it is, where a whole read would fail on damage instead of showing it.
  if (info.size > 0) for await (const chunk of blobs.get(info.digest, { range: { offset: 0 } })) hash.update(chunk);
  return hash.digest();
}
