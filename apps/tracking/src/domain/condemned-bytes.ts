import type { BlobStore, CondemnedBlob } from "@throughline/blobs";
import type { Clock, Digest } from "@throughline/kernel";
import type { ByteSweepStore, Condemnation } from "./byte-sweep-store.ts";

const PAGE = 1_000;

/** A condemned object, with what the sweeps know of it. */
export interface Waiting {
  readonly blob: CondemnedBlob;
  readonly seen: Condemnation;
}

/** What is condemned; one that no sweep has seen yet waits from now on. */
export async function waitingOf({
  blobs,
  store,
  clock,
}: {
  readonly blobs: Pick<BlobStore, "condemned">;
  readonly store: ByteSweepStore;
  readonly clock: Clock;
}): Promise<ReadonlyMap<Digest, readonly Waiting[]>> {
  // What was seen is read first: a condemnation that is seen and not there any more is over.
  const seen = await store.condemnations();
  const waiting = new Map<Digest, Waiting[]>();
  const there = new Set<string>();
  let after: string | undefined;
  do {
    const page = await blobs.condemned({ limit: PAGE, ...(after !== undefined && { after }) });
    for (const blob of page) {
      there.add(blob.id);
      const known = seen.get(blob.id) ?? (await begun(store, blob, clock));
      waiting.set(blob.digest, [...(waiting.get(blob.digest) ?? []), { blob, seen: known }]);
    }
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
  for (const id of seen.keys()) if (!there.has(id)) await store.removeCondemnation(id);
  return waiting;
}

async function begun(store: ByteSweepStore, { id, digest, size }: CondemnedBlob, clock: Clock): Promise<Condemnation> {
  const condemnation = { id, digest, sizeBytes: size, timeMs: clock.now() };
  await store.addCondemnation(condemnation);
  return condemnation;
}

/** The bytes are in use: whoever asks for the artifact gets it, as long as they are. */
export async function unmark(store: ByteSweepStore, digest: Digest): Promise<void> {
  for (const known of await store.artifacts([digest])) {
    const { condemned: isMarked, ...kept } = known;
    // A project whose bytes were erased once has the artifact again only when it uploads it.
    if (isMarked && known.letGoTimeMs !== undefined)
      await store.replaceArtifact({ ...kept, revision: known.revision + 1 });
  }
}

/**
 * No sweep has to look at it again: its bytes are gone, or there never were any. Who uploaded it meanwhile has changed
 * it, and is passed over.
 */
export async function settled(store: ByteSweepStore, digest: Digest, hadBytes: boolean): Promise<void> {
  for (const known of await store.artifacts([digest])) {
    const { letGoTimeMs, letGoBy: _, condemned: __, ...kept } = known;
    if (letGoTimeMs === undefined) continue;
    await store.replaceArtifact({ ...kept, ...(hadBytes && { condemned: true }), revision: known.revision + 1 });
  }
}
