import type { Write } from "@throughline/store";
import { type Change, changeTime } from "./change.ts";
import { withReleased } from "./model-head.ts";
import type { HeadStore, VersionStore } from "./model-store.ts";
import { parseVersionName, versionName, versionNumber } from "./names.ts";

interface Stores {
  readonly heads: HeadStore;
  readonly versions: VersionStore;
}

/** Versions that are kept for a release. */
export interface KeptVersions {
  /** To be applied in one batch with the release. Empty for what is kept already. */
  readonly writes: readonly Write[];
  /** Those that are not registered here, or were deleted. */
  readonly missing: readonly string[];
}

/**
 * Keeps versions from being deleted since they are part of a release: of a release and the deletion of one of its versions
 * that come together, one is planned again and then finds what the other did.
 */
export async function keptVersions(stores: Stores, names: readonly string[], change: Change): Promise<KeptVersions> {
  const byModel = Map.groupBy(
    names.map((it) => parseVersionName(it, "manifest.models")),
    (it) => it.model,
  );
  const writes: Write[] = [];
  const missing: string[] = [];
  for (const [model, of] of byModel) {
    // The head first: if a version goes after it was found, the head is another one by then.
    const current = await stores.heads.get(model);
    const numbers = of.map((it) => versionNumber(it.selector) ?? 0);
    const wanted = numbers.filter((it) => !current?.record.released.includes(it));
    const found = await stores.versions.getMany(wanted.map((it) => versionName(model, it)));
    const present = wanted.filter((it, i) => current && it >= current.record.first && found[i]);
    missing.push(...wanted.filter((it) => !present.includes(it)).map((it) => versionName(model, it)));
    if (!current || present.length === 0) continue;
    const after = withReleased(current.record, present);
    const timeMs = changeTime(change.timeMs, current.change.timeMs);
    writes.push(...(await stores.heads.set(model, after, { current, change: { ...change, timeMs } })));
  }
  return { writes, missing };
}
