import { createReadStream } from "node:fs";
import type { BlobStore } from "@throughline/blobs";
import type { Digest } from "@throughline/kernel";
import { LIMITS } from "@throughline/kernel";
import type { ArtifactBytes } from "../domain/ports.ts";

/** Questions about sizes that are under way at a time. */
const SIZES_AT_ONCE = 16;

/** Keeps the bytes of artifacts in the object store of the platform. */
export function artifactBytes(blobs: BlobStore): ArtifactBytes {
  return {
    async put(source, { digest, sizeBytes }) {
      const stored = await blobs.put(source, {
        ...(digest !== undefined && { expectedDigest: digest }),
        ...(sizeBytes !== undefined && { expectedSize: sizeBytes }),
      });
      return { digest: stored.digest, sizeBytes: stored.size };
    },
    async sizes(digests) {
      const sizes = new Map<Digest, number>();
      for (let at = 0; at < digests.length; at += SIZES_AT_ONCE) {
        const infos = await Promise.all(digests.slice(at, at + SIZES_AT_ONCE).map((it) => blobs.stat(it)));
        for (const info of infos) if (info !== undefined) sizes.set(info.digest, info.size);
      }
      return sizes;
    },
    async *read(digest, { start, end, sizeBytes }) {
      if (start === 0 && end === sizeBytes) return yield* blobs.get(digest);
      // Only a whole object can be checked against its digest: a part is read from a copy that was.
      const path = await blobs.localFile(digest);
      yield* createReadStream(path, {
        start,
        end: end - 1,
        highWaterMark: LIMITS.chunkBytesMax,
      }) as AsyncIterable<Buffer>;
    },
  };
}
