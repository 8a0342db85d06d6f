import type { BlobStore, PutOptions } from "@throughline/blobs";
import { type Clock, type Digest, digestOfBytes, invariant, isDomainError, type NewId } from "@throughline/kernel";
import type { Collection, CollectionDefinition, Document, Store } from "@throughline/store";
import { fileBeingRemoved } from "../domain/errors.ts";
import type { StoredFiles } from "../domain/stored-files.ts";
import { all, every } from "./data-collections.ts";

/** A file that is on its way, or was when something ended the process. */
interface Note {
  readonly digest: Digest;
  readonly timeMs: number;
  /** True once a sweep is about to remove the file: it must not be taken up again before the note is gone. */
  readonly isRemoving?: boolean;
}

const NOTES: CollectionDefinition<Note> = {
  name: "feature_store_files_on_their_way",
  indexes: [
    { name: "by_digest", fields: ["digest"] },
    { name: "by_time", fields: ["timeMs"] },
  ],
};

/** How long a note of a file that was committed may wait for others to be removed with. */
const SETTLE_MS = 1_000;
const SETTLED_MAX = 500;

/** What noting files needs. */
export interface StoredFilesOptions {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly newId: NewId;
  /** True if anything that is kept refers to the file. */
  readonly isReferred: (digest: Digest) => Promise<boolean>;
}

export function storedFiles(options: StoredFilesOptions): StoredFiles {
  const notes = options.store.collection(NOTES);
  /** Ids of this process's notes, by digest. */
  const mine = new Map<Digest, string[]>();
  const settled = settling(options.store, notes);
  return {
    blobs: {
      ...options.blobs,
      async put(source, given: PutOptions = {}) {
        const digest = source instanceof Uint8Array ? digestOfBytes(source) : given.expectedDigest;
        invariant(digest !== undefined, "a stream was stored without its digest");
        const id = await noted(options, notes, digest);
        mine.set(digest, [...(mine.get(digest) ?? []), id]);
        return options.blobs.put(source, given);
      },
    },
    kept(digests) {
      for (const digest of new Set(digests)) {
        settled.add(mine.get(digest) ?? []);
        mine.delete(digest);
      }
    },
    sweep: (olderThanMs) => sweep(options, notes, olderThanMs),
    remove: (digest) => removeNow(options, notes, { digest, isMine: (id) => (mine.get(digest) ?? []).includes(id) }),
    close: settled.close,
  };
}

/**
 * First the note, then a look for a removal, as a sweep first marks and then looks for notes: whichever order they come in,
 * one of them sees the other.
 */
async function noted({ clock, newId }: StoredFilesOptions, notes: Collection<Note>, digest: Digest): Promise<string> {
  const id = `${digest}/${newId()}`;
  const note = await notes.insert(id, { digest, timeMs: clock.now() });
  const others = await notesOf(notes, digest);
  if (!others.some((it) => it.value.isRemoving === true)) return id;
  await notes.remove(id, note.revision);
  throw fileBeingRemoved(digest);
}

async function notesOf(notes: Collection<Note>, digest: Digest) {
  return (await notes.find({ where: { field: "digest", eq: digest }, limit: 1_000 })).documents;
}

/** Removes notes in groups: one by one they would cost a commit for each file. */
function settling(store: Store, notes: Collection<Note>) {
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const settle = async (): Promise<void> => {
    const ids = waiting;
    waiting = [];
    for (let start = 0; start < ids.length; start += SETTLED_MAX) {
      const found = await notes.getMany(ids.slice(start, start + SETTLED_MAX));
      const removals = found.flatMap((it) => (it ? [notes.writes.remove(it.id, it.revision)] : []));
      if (removals.length > 0) await store.batch(removals);
    }
  };
  const soon = (): void => {
    timer = undefined;
    // What fails here is left to the sweep, which finds that the files are referred to.
    underWay = underWay.then(settle).catch(() => {});
  };
  return {
    add(ids: readonly string[]): void {
      waiting.push(...ids);
      if (waiting.length === 0 || timer) return;
      timer = setTimeout(soon, SETTLE_MS);
      timer.unref();
    },
    async close(): Promise<void> {
      clearTimeout(timer);
      soon();
      await underWay;
    },
  };
}

async function sweep({ blobs, clock, isReferred }: StoredFilesOptions, notes: Collection<Note>, olderThanMs: number) {
  const { removed, bytes } = await blobs.sweepOrphans(olderThanMs);
  const result = { removed, bytes };
  const before = clock.now() - olderThanMs;
  const old = { field: "timeMs", lte: before } as const;
  const digests = (await all(every(notes, { where: old, orderBy: [{ field: "timeMs" }] }))).map((it) => it.digest);
  for (const digest of new Set(digests)) {
    const marks = await marked(notes, digest, before);
    if (!marks) continue;
    const size = (await isReferred(digest)) ? undefined : (await blobs.stat(digest))?.size;
    // Whoever came after the marks has seen them, or is seen here.
    const isTakenUp = (await notesOf(notes, digest)).length > marks.length;
    if (size !== undefined && !isTakenUp) {
      await blobs.delete(digest);
      result.removed += 1;
      result.bytes += size;
    }
    for (const it of marks) await notes.remove(it.id, it.revision);
  }
  return result;
}

/** No put and the commit after it take longer: an older note was left by something that ended. */
const STORING_MS_MAX = 15 * 60_000;

interface Removing {
  readonly digest: Digest;
  /** True for a note of a put in this process. */
  isMine(id: string): boolean;
}

/** First a mark, then a look for notes: whoever notes later sees the mark, and whoever did before is seen. */
async function removeNow(
  { store, blobs, clock, newId, isReferred }: StoredFilesOptions,
  notes: Collection<Note>,
  { digest, isMine }: Removing,
): Promise<boolean> {
  const mark = await notes.insert(`${digest}/${newId()}`, { digest, timeMs: clock.now(), isRemoving: true });
  try {
    if (await isReferred(digest)) return true;
    const since = clock.now() - STORING_MS_MAX;
    // One process alone uses an SQLite file: notes that are not its own are of processes that ended.
    const isStoring = (await notesOf(notes, digest)).some(
      ({ id, value }) => !value.isRemoving && value.timeMs > since && (store.kind === "mongodb" || isMine(id)),
    );
    if (isStoring) return false;
    await blobs.delete(digest);
    return true;
  } finally {
    await notes.remove(mark.id, mark.revision);
  }
}

/** Marks all notes of a digest. Undefined if one of them is young, or somebody else is at it: a sweep too, or a call. */
async function marked(notes: Collection<Note>, digest: Digest, before: number) {
  const found = await notesOf(notes, digest);
  if (found.some((it) => it.value.timeMs > before)) return undefined;
  const marks: Document<Note>[] = [];
  for (const it of found) {
    try {
      marks.push(await notes.replace(it.id, it.revision, { ...it.value, isRemoving: true }));
    } catch (error) {
      if (!isDomainError(error, "REVISION_CONFLICT") && !isDomainError(error, "NOT_FOUND")) throw error;
      // The other sweep ends what was marked here too.
      return undefined;
    }
  }
  return marks;
}
