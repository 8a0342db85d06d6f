import { join } from "node:path";
import { type Digest, invalidField, isDigest } from "@throughline/kernel";
import { BLOB_LIMITS } from "./blob-store.ts";

/** The 64 hex digits of a digest, which are a file name. Anything else is refused: it could be a way out of the root. */
export function hexOf(digest: Digest): string {
  if (!isDigest(digest))
    throw invalidField("digest", `"${digest}" is not a digest: sha256: and 64 lower-case hex digits`);
  return digest.slice("sha256:".length);
}

/** The folder of an object: two levels of 256 folders, so that no folder becomes large. */
export function shardPath(objects: string, digest: Digest): string {
  const hex = hexOf(digest);
  return join(objects, hex.slice(0, 2), hex.slice(2, 4));
}

/** `limit`, when it is within the bounds of a page. */
export function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= BLOB_LIMITS.listMax) return limit;
  throw invalidField("limit", `${limit} is not a whole number from 1 to ${BLOB_LIMITS.listMax}`);
}
