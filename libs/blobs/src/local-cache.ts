import { type Digest, isDomainError } from "@throughline/kernel";
import { BLOB_LIMITS, type BlobInfo, type SweepResult } from "./blob-store.ts";
import { cacheTooSmall } from "./errors.ts";
import { fileBlobStore } from "./file-blob-store.ts";

/** Checked copies of remote objects on the local disk, at most so many bytes of them. */
export interface LocalCache {
  /** The path of a copy that is there and undamaged, or undefined. */
  lookUp(digest: Digest): Promise<string | undefined>;
  /**
   * The path of a new copy. Calls for one object at a time share one download. Objects that were not asked for the longest
   * are removed to make room. Fails with CACHE_TOO_SMALL when the object alone does not fit.
   */
  fill(object: BlobInfo, download: () => AsyncIterable<Uint8Array>): Promise<string>;
  drop(digest: Digest): Promise<void>;
  sweepOrphans(olderThanMs: number): Promise<SweepResult>;
}

/** Opens the cache in `dir` with what an earlier process left there. One process at a time may use a folder. */
export async function openLocalCache(dir: string, bytesMax: number): Promise<LocalCache> {
  const files = await fileBlobStore(dir);
  /** From the least to the most recently used. */
  const sizes = new Map<Digest, number>();
  const downloads = new Map<Digest, Promise<string>>();
  let bytes = 0;

  const add = ({ digest, size }: BlobInfo) => {
    sizes.set(digest, size);
    bytes += size;
  };
  const drop = async (digest: Digest) => {
    bytes -= sizes.get(digest) ?? 0;
    sizes.delete(digest);
    await files.delete(digest);
  };
  const makeRoom = async (size: number) => {
    while (bytes + size > bytesMax) {
      const oldest = [...sizes.keys()].find((it) => !downloads.has(it));
      if (oldest !== undefined) await drop(oldest);
      else await Promise.race([...downloads.values()].map((it) => it.catch(() => "")));
    }
  };
  const fetchOnce = async (object: BlobInfo, download: () => AsyncIterable<Uint8Array>) => {
    // Room is taken before the download begins, so that downloads at the same time stay within the bound together.
    add(object);
    try {
      await files.put(download(), { expectedDigest: object.digest, sizeMax: object.size });
      // A delete meanwhile took the room back, but the copy is there now.
      if (!sizes.has(object.digest)) add(object);
      return await files.localFile(object.digest);
    } catch (error) {
      await drop(object.digest);
      throw error;
    }
  };

  for await (const object of everyObject(files.list)) add(object);
  await makeRoom(0);

  return {
    async lookUp(digest) {
      const size = sizes.get(digest);
      if (size === undefined) return undefined;
      const running = downloads.get(digest);
      if (running) return running;
      sizes.delete(digest);
      sizes.set(digest, size);
      try {
        return await files.localFile(digest);
      } catch (error) {
        if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "BLOB_CORRUPT")) throw error;
        await drop(digest);
        return undefined;
      }
    },
    async fill(object, download) {
      if (object.size > bytesMax) throw cacheTooSmall(object.size, bytesMax);
      for (;;) {
        const running = downloads.get(object.digest);
        if (running) return running;
        if (bytes + object.size <= bytesMax) break;
        await makeRoom(object.size);
      }
      const result = fetchOnce(object, download).finally(() => downloads.delete(object.digest));
      downloads.set(object.digest, result);
      return result;
    },
    drop,
    sweepOrphans: files.sweepOrphans,
  };
}

type List = (options: { readonly after?: Digest; readonly limit: number }) => Promise<readonly BlobInfo[]>;

async function* everyObject(list: List): AsyncGenerator<BlobInfo> {
  const limit = BLOB_LIMITS.listMax;
  for (let page = await list({ limit }); ; ) {
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < limit) return;
    page = await list({ after: last.digest, limit });
  }
}
