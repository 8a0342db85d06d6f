import type { FileHandle } from "node:fs/promises";
import type { Digest } from "@throughline/kernel";
import { verifiedStream } from "./verified-stream.ts";

/** Remembers which files were read and found to be what their digest says. */
export interface VerifiedFiles {
  /**
   * Reads the whole file and fails with BLOB_CORRUPT if it is not what `digest` says. A file whose identity, length and
   * times (in nanoseconds) are what they were at an earlier check is not read again.
   */
  check(digest: Digest, file: FileHandle, read: (size: number) => AsyncIterable<Uint8Array>): Promise<void>;
}

const REMEMBERED_MAX = 100_000;

/** Starts with no memory. It holds at most 100,000 files, and forgets the oldest checks first. */
export function verifiedFiles(): VerifiedFiles {
  const seen = new Map<Digest, string>();
  return {
    async check(digest, file, read) {
      const identity = await identityOf(file);
      if (seen.get(digest) === identity.text) return;
      for await (const _ of verifiedStream(digest, read(identity.size)));
      seen.delete(digest);
      seen.set(digest, identity.text);
      for (const oldest of seen.keys()) {
        if (seen.size <= REMEMBERED_MAX) break;
        seen.delete(oldest);
      }
    },
  };
}

async function identityOf(file: FileHandle): Promise<{ readonly text: string; readonly size: number }> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(":"), size: Number(size) };
}
