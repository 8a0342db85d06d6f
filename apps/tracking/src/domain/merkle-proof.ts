import { createHash } from "node:crypto";
import type { Digest } from "@throughline/kernel";

/** Shows that a row is in a data set. */
export interface RowProof {
  /** From 0. */
  readonly rowNumber: number;
  readonly rowCount: number;
  readonly rowDigest: Digest;
  /** Digests of the siblings on the way from the row to the root, nearest first. */
  readonly path: readonly Digest[];
}

/** The hash of a leaf of the kernel's Merkle tree (RFC 6962 section 2.1). */
export const leafHash = (row: Buffer): Buffer => sha256(Buffer.of(0), row);

/** The root over hashes of leaves, or of subtrees of one size of which only the last may be smaller. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const [first] = hashes;
  if (first === undefined) return sha256();
  if (hashes.length === 1) return first;
  const split = splitOf(hashes.length);
  return sha256(Buffer.of(1), rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

/** The hashes of the siblings on the way from one of the hashes to their root, nearest first (RFC 6962 section 2.1.1). */
export function pathOf(hashes: readonly Buffer[], index: number): readonly Buffer[] {
  if (hashes.length <= 1) return [];
  const split = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)];
}

/** The largest power of two below a count of two or more. */
const splitOf = (count: number): number => 2 ** (31 - Math.clz32(count - 1));

/** The root that a proof leads to (RFC 9162 section 2.1.3.2), or undefined if its path does not fit its numbers. */
export function provenRoot({ rowNumber, rowCount, rowDigest, path }: RowProof): Digest | undefined {
  if (!(rowNumber >= 0 && rowNumber < rowCount)) return undefined;
  let [position, last] = [rowNumber, rowCount - 1];
  let hash = leafHash(bytesOf(rowDigest));
  for (const digest of path) {
    if (last === 0) return undefined;
    const sibling = bytesOf(digest);
    if (position % 2 === 1 || position === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      // A last node without a sibling goes up until it has one.
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else hash = sha256(Buffer.of(1), hash, sibling);
    [position, last] = [half(position), half(last)];
  }
  return last === 0 ? digestOf(hash) : undefined;
}

const half = (count: number): number => Math.floor(count / 2);

export const bytesOf = (digest: Digest): Buffer => Buffer.from(digest.slice("sha256:".length), "hex");

export const digestOf = (hash: Buffer): Digest => `sha256:${hash.toString("hex")}`;

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
