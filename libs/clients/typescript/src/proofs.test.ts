import { createHash } from "node:crypto";
import { digestOfBytes, merkleTree } from "@throughline/kernel";
import { expect, test } from "vitest";
import { proofHolds, type RowProof, rowDigest } from "./proofs.ts";

const COUNTS = [1, 2, 3, 5, 8, 13];

const hash = (...parts: readonly Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const bytes = (digest: string): Buffer => Buffer.from(digest.slice(7), "hex");

/** The root and the path of a row, as RFC 6962 section 2.1 writes it down: split at the largest power of two below the count. */
function rootAndPath(
  leaves: readonly Buffer[],
  number: number,
): { readonly root: Buffer; readonly path: readonly string[] } {
  if (leaves.length === 1) return { root: hash(Buffer.of(0), leaves[0] as Buffer), path: [] };
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const [left, right] = [
    rootAndPath(leaves.slice(0, split), Math.min(number, split - 1)),
    rootAndPath(leaves.slice(split), Math.max(0, number - split)),
  ];
  const [inside, sibling] = number < split ? [left, right] : [right, left];
  return {
    root: hash(Buffer.of(1), left.root, right.root),
    path: [...inside.path, `sha256:${sibling.root.toString("hex")}`],
  };
}

test.each(COUNTS)("a proof of each of %i rows holds, and none that was changed does", (count) => {
  const rows = Array.from({ length: count }, (_, i) => rowDigest([BigInt(i), `row ${i}`]));
  const tree = merkleTree();
  for (const row of rows) tree.add(row);
  for (let number = 0; number < count; number++) {
    const { path } = rootAndPath(rows.map(bytes), number);
    const digest = rows[number] ?? "";
    const proof: RowProof = { rowNumber: BigInt(number), rowCount: BigInt(count), rowDigest: digest, path: [...path] };
    expect(proofHolds(proof, tree.root())).toBe(true);
    const changed: readonly Partial<RowProof>[] = [
      { rowNumber: BigInt(number + 1) },
      { rowNumber: -1n },
      { rowCount: BigInt(count * 2) },
      { rowDigest: digestOfBytes("another row") },
      { path: [...path, digest] },
      ...path.map((_, i) => ({ path: path.toSpliced(i, 1) })),
    ];
    for (const it of changed) expect([it, proofHolds({ ...proof, ...it }, tree.root())]).toEqual([it, false]);
    expect(proofHolds(proof, digest)).toBe(false);
  }
});
