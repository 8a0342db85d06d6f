import type { BlobStore } from "@throughline/blobs";
import { baselineOfStatistics, type FeatureBaseline } from "@throughline/rollouts";
import { releaseUnusable } from "../errors.ts";
import type { Release } from "../release.ts";

/** Bytes of statistics that are read at most. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Releases whose baselines are kept in memory. */
const KEPT_MAX = 100;

export interface BaselineParts {
  readonly findRelease: (name: string) => Promise<Pick<Release, "name" | "baselineStatisticsDigest">>;
  readonly blobs: Pick<BlobStore, "stat" | "get">;
}

/**
 * The baselines of releases, which never change, as their statistics say them. Undefined for a release without any; fails with
 * RELEASE_UNUSABLE if they cannot be read: drift must not be taken for none.
 */
export function releaseBaselines({
  findRelease,
  blobs,
}: BaselineParts): (release: string) => Promise<FeatureBaseline | undefined> {
  const known = new Map<string, Promise<FeatureBaseline | undefined>>();
  const read = async (name: string): Promise<FeatureBaseline | undefined> => {
    const { baselineStatisticsDigest: digest } = await findRelease(name);
    if (digest === undefined) return undefined;
    const stored = await blobs.stat(digest);
    if (!stored) throw releaseUnusable(name, `its baseline statistics ${digest} are not stored`);
    if (stored.size > BYTES_MAX) throw releaseUnusable(name, `its baseline statistics have ${stored.size} bytes`);
    const pieces: Uint8Array[] = [];
    for await (const piece of blobs.get(digest)) pieces.push(piece);
    const baseline = baselineOfStatistics(Buffer.concat(pieces));
    if (baseline === undefined)
      throw releaseUnusable(name, "its baseline statistics are none of the validation service");
    return baseline;
  };
  return (name) => {
    const found = known.get(name) ?? read(name);
    const [oldest] = known.keys();
    if (!known.has(name) && known.size >= KEPT_MAX && oldest !== undefined) known.delete(oldest);
    known.set(name, found);
    found.catch(() => known.delete(name));
    return found;
  };
}
