import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, open, readdir, unlink } from "node:fs/promises";
import { invalidField, streamingDigest, systemClock } from "@throughline/kernel";
import { BLOB_LIMITS, type BlobInfo, type PutOptions, type SweepResult } from "./blob-store.ts";
import { blobTooLarge, codeOf, digestMismatch, sizeMismatch, translated } from "./errors.ts";
import { type PinnedDirectory, pinDirectory } from "./pinned-directory.ts";

/** Content on disk, synced and checked, that has no place yet. */
export interface Spooled extends BlobInfo {
  /** The file's name in the open folder `dir`. */
  readonly name: string;
  readonly dir: PinnedDirectory;
}

/** The folder where content waits until its digest is known. Several processes may share it. */
export interface Spool {
  /**
   * Writes `source` to a new file, checks it against `options`, syncs it and lets `place` give it a home. Whatever `place`
   * leaves of the file is removed, also after failures.
   */
  take<T>(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    options: PutOptions,
    place: (content: Spooled) => Promise<T>,
  ): Promise<T>;
  /** Removes files of puts that stopped at least `olderThanMs` ago. */
  sweep(olderThanMs: number): Promise<SweepResult>;
}

/** A spool in the folder `path`, which must exist and be free of links. */
export function openSpool(path: string): Spool {
  const underWay = new Set<string>();
  return {
    async take(source, options, place) {
      checkOptions(options);
      const name = randomBytes(16).toString("hex");
      underWay.add(name);
      try {
        await using dir = await translated(() => pinDirectory(path));
        try {
          const info = await writeFile(dir.at(name), source, options);
          return await place({ ...info, name, dir });
        } finally {
          await translated(() => unlink(dir.at(name)).catch(unlessMissing));
        }
      } finally {
        underWay.delete(name);
      }
    },
    async sweep(olderThanMs) {
      await using dir = await translated(() => pinDirectory(path));
      let [removed, bytes] = [0, 0];
      for (const name of await translated(() => readdir(dir.at(".")))) {
        if (underWay.has(name)) continue;
        const freed = await translated(() => removeIfOld(dir.at(name), olderThanMs));
        if (freed === undefined) continue;
        removed += 1;
        bytes += freed;
      }
      return { removed, bytes };
    },
  };
}

/** The freed bytes; undefined when there was nothing to remove. */
async function removeIfOld(path: string, olderThanMs: number): Promise<number | undefined> {
  const found = await lstat(path).catch(unlessMissing);
  // The system stamps files by its own clock, so only that clock can tell their age.
  if (!found || found.isDirectory() || systemClock.now() - Math.floor(found.mtimeMs) < olderThanMs) return undefined;
  await unlink(path).catch(unlessMissing);
  return found.size;
}

function checkOptions({ expectedSize, sizeMax = BLOB_LIMITS.sizeMax }: PutOptions): void {
  if (expectedSize === undefined) return;
  if (!Number.isSafeInteger(expectedSize) || expectedSize < 0) {
    throw invalidField("size", `${expectedSize} is not a number of bytes`);
  }
  if (expectedSize > sizeMax) throw blobTooLarge(sizeMax);
}

async function writeFile(path: string, source: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions) {
  // Read-only from the start: the descriptor may still write, and nobody changes a stored object by accident.
  await using file = await translated(() => open(path, "wx", 0o400));
  const info = await copyInto(file, source, options);
  const { expectedDigest, expectedSize } = options;
  if (expectedSize !== undefined && info.size !== expectedSize) throw sizeMismatch(expectedSize, info.size);
  if (expectedDigest !== undefined && info.digest !== expectedDigest) throw digestMismatch(expectedDigest, info.digest);
  await translated(() => file.sync());
  return info;
}

async function copyInto(
  file: FileHandle,
  source: AsyncIterable<Uint8Array> | Uint8Array,
  options: PutOptions,
): Promise<BlobInfo> {
  const { expectedSize = Number.POSITIVE_INFINITY, sizeMax = BLOB_LIMITS.sizeMax } = options;
  const hash = streamingDigest();
  let size = 0;
  for await (const piece of source instanceof Uint8Array ? [source] : source) {
    size += piece.byteLength;
    if (size > expectedSize) throw sizeMismatch(expectedSize, size);
    if (size > sizeMax) throw blobTooLarge(sizeMax);
    hash.update(piece);
    await writeAll(file, piece);
  }
  return { digest: hash.digest(), size };
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.byteLength; ) {
    const { bytesWritten } = await translated(() => file.write(piece, done));
    done += bytesWritten;
  }
}

function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}
