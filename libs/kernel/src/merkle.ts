import { hash } from "node:crypto";
import type { Digest } from "./digest.ts";

/**
 * The identity of a data set: the root of the Merkle tree over its row digests in row order, with the leaf and node
 * prefixes and the split of RFC 6962 section 2.1 (0x00 before a leaf, 0x01 before a pair, so that a row can never be
 * passed off as an inner node). The root of no rows is SHA-256 of nothing.
 *
 * Rows are added one at a time; memory is one hash for each level.
 */
export function merkleTree(): MerkleTree {
  const pending: { readonly level: number; readonly hash: Buffer }[] = [];
  let count = 0;
  return {
    add(row) {
      let node = { level: 0, hash: sha256(Buffer.of(0), digestBytes(row)) };
      for (let top = pending.at(-1); top?.level === node.level; top = pending.at(-1)) {
        pending.pop();
        node = { level: node.level + 1, hash: sha256(Buffer.of(1), top.hash, node.hash) };
      }
      pending.push(node);
      count += 1;
    },
    count: () => count,
    root() {
      const hashes = pending.map((it) => it.hash);
      const root = hashes.reduceRight<Buffer | undefined>(
        (right, left) => (right ? sha256(Buffer.of(1), left, right) : left),
        undefined,
      );
      return `sha256:${(root ?? sha256()).toString("hex")}`;
    },
  };
}

export interface MerkleTree {
  /** Appends the digest of the next row. */
  add(row: Digest): void;
  count(): number;
  /** The root over the rows added so far. */
  root(): Digest;
}

const digestBytes = (digest: Digest): Buffer => Buffer.from(digest.slice("sha256:".length), "hex");

/** In one call: an object that takes pieces costs twice as much, and is collected late. */
const sha256 = (...parts: readonly Buffer[]): Buffer => hash("sha256", Buffer.concat(parts), "buffer");
