import { type Digest, streamingDigest } from "@throughline/kernel";
import { blobCorrupt } from "./errors.ts";

/**
 * Passes on what `source` gives, one piece late: the last piece is held back until the digest of everything is known, so
 * that a reader never holds a whole damaged object. Fails with BLOB_CORRUPT in its place.
 */
export async function* verifiedStream(digest: Digest, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = streamingDigest();
  let heldBack: Uint8Array | undefined;
  for await (const piece of source) {
    hash.update(piece);
    if (heldBack) yield heldBack;
    heldBack = piece;
  }
  const actual = hash.digest();
  if (actual !== digest) throw blobCorrupt(digest, `its bytes have the digest ${actual}`);
  if (heldBack) yield heldBack;
}
