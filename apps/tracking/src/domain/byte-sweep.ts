import type { BlobStore } from "@throughline/blobs";
import type { Clock, Digest } from "@throughline/kernel";
import { broughtTimeMs, type KnownArtifact } from "./artifact.ts";
import type { Arrival, ByteSweepStore } from "./byte-sweep-store.ts";
import { settled, unmark, type Waiting, waitingOf } from "./condemned-bytes.ts";

/** Which of some digests are needed by whoever is asked. Fails if one of those who may need them does not answer. */
export type FindNeeded = (digests: readonly Digest[]) => Promise<readonly Digest[]>;

/** What sweeping works with. */
export interface ByteSweep {
  readonly blobs: Pick<BlobStore, "condemn" | "condemned" | "erase" | "stat">;
  readonly store: ByteSweepStore;
  /** All other services. */
  readonly others: FindNeeded;
  readonly clock: Clock;
  /**
   * How long bytes stay condemned. Longer than any work takes from its look for bytes until it has committed that it needs
   * them: whoever looks later takes them back, or brings them anew.
   */
  readonly graceMs: number;
}

/** How a sweep is done. */
export interface SweepOptions {
  /** Counts, and condemns, takes back and erases nothing. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
  progress?(share: number, message: string): void;
}

/** What a sweep did, or would have done. */
export interface SweepCounts {
  readonly neededCount: number;
  readonly condemnedCount: number;
  readonly condemnedBytes: number;
  readonly waitingCount: number;
  readonly waitingBytes: number;
  readonly takenBackCount: number;
  readonly erasedCount: number;
  readonly erasedBytes: number;
}

const NOTHING: SweepCounts = {
  neededCount: 0,
  condemnedCount: 0,
  condemnedBytes: 0,
  waitingCount: 0,
  waitingBytes: 0,
  takenBackCount: 0,
  erasedCount: 0,
  erasedBytes: 0,
};

/** Digests that are asked about at a time, and pages of what is read. */
const GROUP = 10_000;
const PAGE = 1_000;

/**
 * Sweeps once. Laws, checked by `byte-sweep.test.ts`:
 *
 * - Bytes that are needed are never erased, whoever uploads, refers, removes and sweeps at the same time, and wherever a process ends, as
 *   long as nobody takes longer than `graceMs` from looking for bytes until needing them is committed.
 * - Bytes that were let go and are not needed are condemned by the next sweep, and erased by the first one after `graceMs`. So are those
 *   whose upload began `graceMs` ago and has not ended.
 * - Where one who may need bytes does not answer, nothing is condemned or erased.
 */
export async function sweepBytes(sweep: ByteSweep, options: SweepOptions): Promise<SweepCounts> {
  await takeUpLettingsGo(sweep);
  const waiting = await waitingOf(sweep);
  let counts = NOTHING;
  const left = Map.groupBy(await sweep.store.arrivals(sweep.clock.now() - sweep.graceMs), (it) => it.digest);
  const digests = await everyDigest(sweep.store, [...waiting.keys(), ...left.keys()]);
  for (let at = 0; at < digests.length; at += GROUP) {
    const group = digests.slice(at, at + GROUP);
    const needed = await neededOf(sweep, group);
    for (const [i, digest] of group.entries()) {
      options.signal?.throwIfAborted();
      options.progress?.((at + i) / digests.length, `${at + i} of ${digests.length} digests`);
      const isNeeded = needed.has(digest);
      const aside = waiting.get(digest);
      const act = (): Promise<Partial<SweepCounts>> => {
        if (aside === undefined) return (isNeeded ? kept : condemned)(sweep, digest, options);
        return (isNeeded ? takenBack : waitedFor)(sweep, { digest, waiting: aside }, options);
      };
      counts = sum(counts, await act());
      if (!options.dryRun) await closeArrivals(sweep, digest, left.get(digest) ?? []);
    }
  }
  return counts;
}

/** Until its bytes are gone, in use and aside, or a project has it, nobody else would let it go. */
async function closeArrivals({ blobs, store }: ByteSweep, digest: Digest, arrivals: readonly Arrival[]): Promise<void> {
  if (arrivals.length === 0) return;
  // A project whose bytes were erased has nothing to let go.
  const isKnown = (await store.artifacts([digest])).some((it) => !it.condemned || it.letGoTimeMs !== undefined);
  if (!isKnown && ((await isAside(blobs, digest)) || (await blobs.stat(digest)) !== undefined)) return;
  for (const { id } of arrivals) await store.removeArrival(id);
}

const sum = (a: SweepCounts, b: Partial<SweepCounts>): SweepCounts => {
  const added = (Object.keys(a) as (keyof SweepCounts)[]).map((key) => [key, a[key] + (b[key] ?? 0)] as const);
  return Object.fromEntries(added) as unknown as SweepCounts;
};

/** Notes on each artifact that a removal let it go, unless its bytes came again since. */
async function takeUpLettingsGo({ store }: ByteSweep): Promise<void> {
  for (let some = await store.lettingsGo(PAGE); some.length > 0; some = await store.lettingsGo(PAGE)) {
    for (const letGo of some) {
      const { project, digests, timeMs, by } = letGo;
      let all = true;
      for (const known of await store.artifacts(digests)) {
        if (known.project !== project || timeMs <= broughtTimeMs(known) || timeMs <= (known.letGoTimeMs ?? 0)) continue;
        const after = { ...known, letGoTimeMs: timeMs, letGoBy: by, revision: known.revision + 1 };
        all = (await store.replaceArtifact(after)) && all;
      }
      // What changed meanwhile is looked at again.
      if (all) await store.removeLettingGo(letGo);
    }
  }
}

/** Everything that was let go and all others, each digest once. */
async function everyDigest(store: ByteSweepStore, others: readonly Digest[]): Promise<readonly Digest[]> {
  const digests = new Set(others);
  let after: string | undefined;
  do {
    const page = await store.letGoArtifacts({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const it of page.artifacts) digests.add(it.digest);
    after = page.next;
  } while (after !== undefined);
  return [...digests];
}

/** What somebody needs: a file, a project that knows the artifact and has not let it go, anything of tracking, or another service. */
async function neededOf({ store, others }: ByteSweep, digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
  const needed = new Set(await store.namedByFiles(digests));
  for (const it of await store.artifacts(digests)) if (!isLetGo(it)) needed.add(it.digest);
  const rest = () => digests.filter((it) => !needed.has(it));
  for (const it of await store.mentions(rest())) needed.add(it);
  if (rest().length > 0) for (const it of await others(rest())) needed.add(it);
  return needed;
}

/** True too for what was erased: nobody has it, so that nobody loses it. */
const isLetGo = (it: KnownArtifact): boolean => it.letGoTimeMs !== undefined || it.condemned === true;

/** A digest that is condemned, maybe more than once. */
interface Condemned {
  readonly digest: Digest;
  readonly waiting: readonly Waiting[];
}

async function kept({ store }: ByteSweep, digest: Digest, { dryRun }: SweepOptions): Promise<Partial<SweepCounts>> {
  if (!dryRun) await unmark(store, digest);
  return { neededCount: 1 };
}

/** First the mark, after which nothing new names the artifact without an upload; then the bytes are put aside. */
async function condemned(
  { blobs, store, clock }: ByteSweep,
  digest: Digest,
  { dryRun }: SweepOptions,
): Promise<Partial<SweepCounts>> {
  if (dryRun) {
    const stored = await blobs.stat(digest);
    return stored === undefined ? {} : { condemnedCount: 1, condemnedBytes: stored.size };
  }
  const known = await store.artifacts([digest]);
  const isMarked = known.some((it) => it.condemned);
  for (const it of known) {
    if (!isLetGo(it)) return {};
    if (!it.condemned && !(await store.replaceArtifact({ ...it, condemned: true, revision: it.revision + 1 })))
      return {};
  }
  const sizeBytes = known[0]?.sizeBytes ?? (await blobs.stat(digest))?.size ?? 0;
  const id = await blobs.condemn(digest);
  if (id !== undefined) {
    await store.addCondemnation({ id, digest, sizeBytes, timeMs: clock.now() });
    return { condemnedCount: 1, condemnedBytes: sizeBytes };
  }
  // Another sweep was first, and goes on with it.
  if (await isAside(blobs, digest)) return {};
  // What is too large to be put aside stays, and so does what was brought meanwhile.
  if ((await blobs.stat(digest)) !== undefined) await unmark(store, digest);
  else await settled(store, digest, isMarked);
  return {};
}

/** True if the object is condemned. Unlike a look for it, this does not take it back. */
async function isAside(blobs: Pick<BlobStore, "condemned">, digest: Digest): Promise<boolean> {
  const [next] = await blobs.condemned({ after: `${digest.slice("sha256:".length)}.`, limit: 1 });
  return next?.digest === digest;
}

/** Somebody needs it again, or someone's commit had come in between. */
async function takenBack(
  { blobs, store }: ByteSweep,
  { digest, waiting }: Condemned,
  { dryRun }: SweepOptions,
): Promise<Partial<SweepCounts>> {
  if (dryRun) return { takenBackCount: 1 };
  // The look for it takes it back. Only what is surely in use leaves no copy aside.
  if ((await blobs.stat(digest)) === undefined) return {};
  await unmark(store, digest);
  for (const { blob } of waiting) {
    // A sweep that was ended may have recorded what it had not done yet.
    await store.removeErasures(blob.id, digest);
    await blobs.erase(blob.id);
    await store.removeCondemnation(blob.id);
  }
  return { takenBackCount: 1 };
}

/** Nobody needs it: what has waited long enough is erased, after the record of it. */
async function waitedFor(
  { blobs, store, clock, graceMs }: ByteSweep,
  { digest, waiting }: Condemned,
  { dryRun }: SweepOptions,
): Promise<Partial<SweepCounts>> {
  const nowMs = clock.now();
  const due = waiting.filter(({ seen }) => nowMs - seen.timeMs >= graceMs);
  const young = waiting.filter((it) => !due.includes(it));
  const counts = {
    waitingCount: young.length,
    waitingBytes: bytesOf(young),
    erasedCount: due.length,
    erasedBytes: bytesOf(due),
  };
  if (dryRun || due.length === 0) return counts;
  const known = await store.artifacts([digest]);
  for (const { blob, seen } of due) {
    for (const { project, letGoBy = "", letGoTimeMs = 0 } of known) {
      const times = { letGoTimeMs, condemnTimeMs: seen.timeMs, eraseTimeMs: nowMs };
      await store.putErasure(blob.id, { project, digest, sizeBytes: blob.size, letGoBy, ...times });
    }
    await blobs.erase(blob.id);
  }
  // Whoever brought the bytes while they were condemned has not said yet what for: the next sweep looks again.
  if (young.length === 0) {
    if ((await blobs.stat(digest)) === undefined) await settled(store, digest, true);
    else await unmark(store, digest);
  }
  for (const { blob } of due) await store.removeCondemnation(blob.id);
  return counts;
}

const bytesOf = (some: readonly Waiting[]): number => some.reduce((bytes, { blob }) => bytes + blob.size, 0);
