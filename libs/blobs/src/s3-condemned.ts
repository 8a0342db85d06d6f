import { randomBytes } from "node:crypto";
import { type Digest, systemClock } from "@throughline/kernel";
import type { CondemnedBlob } from "./blob-store.ts";
import { condemnedId, digestOfCondemned, isCondemnedId } from "./condemned-id.ts";
import { storageUnavailable } from "./errors.ts";
import { hexOf } from "./object-path.ts";
import type { S3Bucket } from "./s3-bucket.ts";

/** The most that a server copies in one call. */
const COPY_BYTES_MAX = 5 * 1024 ** 3;

/** A removal that comes later than this after its copy is left out: somebody may have taken the object up again meanwhile. */
const REMOVE_WITHIN_MS = 5 * 60_000;

/** Where objects are in the bucket. */
export interface S3Keys {
  /** The key of an object in use. */
  readonly keyOf: (digest: Digest) => string;
  /** What the keys of condemned objects begin with; the id of the condemnation follows. */
  readonly condemned: string;
}

/**
 * Condemned objects as keys of their own. S3 has no renaming, so an object is copied first and removed from its old key when
 * the copy is there: it is always whole under one of the two. The copy's key is used once, so that nothing that is late
 * can meet a younger condemnation of the same object.
 */
export function s3Condemned(bucket: S3Bucket, { keyOf, condemned }: S3Keys) {
  const page = async (prefix: string, after: string, limit: number): Promise<readonly CondemnedBlob[]> => {
    const found: CondemnedBlob[] = [];
    for (let [start, ended] = [after, false]; !ended && found.length < limit; ) {
      const { objects, ...rest } = await bucket.list(prefix, start, limit - found.length);
      for (const { key, size } of objects) {
        start = key;
        const id = key.slice(condemned.length);
        if (isCondemnedId(id)) found.push({ id, digest: digestOfCondemned(id), size });
      }
      ended = rest.ended || objects.length === 0;
    }
    return found;
  };
  const ofDigest = (digest: Digest) => page(`${condemned}${hexOf(digest)}.`, "", 1_000);
  const erase = (id: string): Promise<void> => {
    digestOfCondemned(id);
    return bucket.remove(condemned + id);
  };
  return {
    async condemn(digest: Digest): Promise<string | undefined> {
      const startMs = systemClock.now();
      const head = await bucket.head(keyOf(digest));
      if (head === undefined || head.size > COPY_BYTES_MAX) return undefined;
      const id = condemnedId(digest, randomBytes(16));
      if (!(await copied(bucket, { from: keyOf(digest), to: condemned + id, size: head.size }))) return undefined;
      if (systemClock.now() - startMs < REMOVE_WITHIN_MS) await bucket.remove(keyOf(digest));
      return id;
    },
    async spare(digest: Digest): Promise<void> {
      for (const { id, size } of await ofDigest(digest)) {
        if (!(await copied(bucket, { from: condemned + id, to: keyOf(digest), size }))) continue;
        return erase(id);
      }
    },
    list: ({ after = "", limit }: { readonly after?: string; readonly limit: number }) =>
      page(condemned, after === "" ? "" : condemned + after, limit),
    erase,
    async eraseAll(digest: Digest): Promise<void> {
      for (const { id } of await ofDigest(digest)) await erase(id);
    },
  };
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly size: number;
}

/** False if there was nothing to copy. A server may tell of a failure after it has said that all is well, so it is asked. */
async function copied(bucket: S3Bucket, { from, to, size }: Copy): Promise<boolean> {
  if (!(await bucket.copy(from, to))) return false;
  const copy = await bucket.head(to);
  if (copy?.size === size) return true;
  throw storageUnavailable(new Error(`the server copied ${copy?.size ?? "none"} of ${size} bytes`));
}
