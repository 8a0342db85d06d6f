import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDomainError, notFound, systemClock } from "@throughline/kernel";
import type { BlobInfo, BlobStore, ByteRange } from "./blob-store.ts";
import { BLOB_LIMITS } from "./blob-store.ts";
import { resolveRange } from "./byte-range.ts";
import { storageRefused } from "./errors.ts";
import { openLocalCache } from "./local-cache.ts";
import { checkedLimit, hexOf } from "./object-path.ts";
import { PART_BYTES, type S3Bucket, s3Bucket } from "./s3-bucket.ts";
import { s3Condemned } from "./s3-condemned.ts";
import type { S3Location } from "./s3-location.ts";
import { type S3Uploads, s3Uploads } from "./s3-upload.ts";
import { openSpool } from "./spool.ts";
import { verifiedStream } from "./verified-stream.ts";

/** The local disk that an S3 store works with. */
export interface S3LocalDisk {
  /** The folder for copies and for content on its way. One process at a time may use it. */
  readonly cacheDir: string;
  /** The most bytes of copies for `localFile`. */
  readonly cacheBytesMax: number;
}

/**
 * Opens a BlobStore on an S3-compatible bucket, which must exist. An object is the key `<prefix>sha256/<64 hex digits>`, or
 * `<prefix>condemned/<id>` while it is condemned.
 *
 * The digest is known only when all bytes were seen, so a put first writes them to the local disk, and then sends them in
 * one request, or in parts of 16 MiB, which the server shows as one object at the end or not at all.
 */
export async function s3BlobStore(location: S3Location, disk: S3LocalDisk): Promise<BlobStore> {
  for (const folder of ["cache", "spool"]) await mkdir(join(disk.cacheDir, folder), { recursive: true, mode: 0o700 });
  const root = await realpath(disk.cacheDir);
  const spool = openSpool(join(root, "spool"));
  const cache = await openLocalCache(join(root, "cache"), disk.cacheBytesMax);
  const bucket = s3Bucket(location);
  const uploads = s3Uploads(bucket);
  const keys = `${location.prefix}sha256/`;
  const keyOf = (digest: Digest) => keys + hexOf(digest);
  const condemned = s3Condemned(bucket, { keyOf, condemned: `${location.prefix}condemned/` });
  const stat = async (digest: Digest): Promise<BlobInfo | undefined> => {
    const inUse = await bucket.head(keyOf(digest));
    if (!inUse) await condemned.spare(digest);
    const head = inUse ?? (await bucket.head(keyOf(digest)));
    return head && { digest, size: head.size };
  };
  const reading = (digest: Digest, range?: ByteRange) =>
    read({ bucket, stat }, { digest, key: () => keyOf(digest) }, range);

  return {
    async put(source, options = {}) {
      const sizeMax = Math.min(options.sizeMax ?? BLOB_LIMITS.sizeMax, PART_BYTES * 10_000);
      return spool.take(source, { ...options, sizeMax }, async ({ digest, size, name, dir }) => {
        await uploads.send({ path: dir.at(name), size, key: keyOf(digest) });
        return { digest, size };
      });
    },
    get: (digest, { range } = {}) => reading(digest, range),
    stat,
    list: ({ after, limit }) => listObjects(bucket, keys, { after, limit: checkedLimit(limit) }),
    async delete(digest) {
      await condemned.eraseAll(digest);
      await bucket.remove(keyOf(digest));
      await cache.drop(digest);
    },
    condemn: condemned.condemn,
    condemned: ({ after, limit }) =>
      condemned.list({ limit: checkedLimit(limit), ...(after !== undefined && { after }) }),
    erase: async (id) => condemned.erase(id),
    async localFile(digest) {
      const copy = await cache.lookUp(digest);
      if (copy !== undefined) return copy;
      const object = await stat(digest);
      if (!object) throw notFound(`blobs/${digest}`);
      return cache.fill(object, () => reading(digest));
    },
    async sweepOrphans(olderThanMs) {
      const local = await Promise.all([spool.sweep(olderThanMs), cache.sweepOrphans(olderThanMs)]);
      const aborted = await abortOldUploads(bucket, keys, { olderThanMs, uploads });
      const removed = local.reduce((sum, it) => sum + it.removed, aborted);
      return { removed, bytes: local.reduce((sum, it) => sum + it.bytes, 0) };
    },
    async ping() {
      if (!(await bucket.exists())) throw storageRefused(new Error(`there is no bucket "${location.bucket}"`));
    },
    close: async () => bucket.close(),
  };
}

interface Target {
  readonly digest: Digest;
  /** Asked while reading, so that a wrong digest fails there like every other failure of a read. */
  readonly key: () => string;
}

interface Reading {
  readonly bucket: S3Bucket;
  /** Takes back what is condemned. */
  readonly stat: (digest: Digest) => Promise<BlobInfo | undefined>;
}

async function* read(
  { bucket, stat }: Reading,
  target: Target,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array> {
  const { digest } = target;
  const key = target.key();
  const absent = () => notFound(`blobs/${digest}`);
  if (range) {
    const head = await stat(digest);
    if (!head) throw absent();
    return yield* bucket.get(key, resolveRange(range, head.size), absent);
  }
  const whole = () => verifiedStream(digest, bucket.get(key, undefined, absent));
  try {
    // An absent object fails before its first piece.
    yield* whole();
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND") || !(await stat(digest))) throw error;
    yield* whole();
  }
}

async function listObjects(
  bucket: S3Bucket,
  keys: string,
  { after, limit }: { readonly after: Digest | undefined; readonly limit: number },
): Promise<readonly BlobInfo[]> {
  const found: BlobInfo[] = [];
  let start = after === undefined ? "" : keys + hexOf(after);
  for (let ended = false; !ended && found.length < limit; ) {
    const page = await bucket.list(keys, start, limit - found.length);
    for (const { key, size } of page.objects) {
      start = key;
      // Somebody else's key among ours is no object of the store.
      const name = key.slice(keys.length);
      if (/^[0-9a-f]{64}$/.test(name)) found.push({ digest: `sha256:${name}`, size });
    }
    ended = page.ended || page.objects.length === 0;
  }
  return found;
}

async function abortOldUploads(
  bucket: S3Bucket,
  keys: string,
  { olderThanMs, uploads }: { readonly olderThanMs: number; readonly uploads: S3Uploads },
): Promise<number> {
  let aborted = 0;
  for await (const { key, uploadId, initiated } of bucket.uploads(keys)) {
    // The server says when an upload began, by its own clock, which is taken to agree with ours.
    if (uploads.isUnderWay(uploadId) || systemClock.now() - initiated.getTime() < olderThanMs) continue;
    await bucket.abortUpload(key, uploadId);
    aborted += 1;
  }
  return aborted;
}
