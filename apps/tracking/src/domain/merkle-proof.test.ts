import { type Digest, digestOfBytes, merkleTree } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, digestOf, leafHash, pathOf, provenRoot, rootOf } from "./merkle-proof.ts";

const rowsOf = (count: number): readonly Digest[] => Array.from({ length: count }, (_, i) => digestOfBytes(`row ${i}`));

function kernelRoot(rows: readonly Digest[]): Digest {
  const tree = merkleTree();
  for (const row of rows) tree.add(row);
  return tree.root();
}

const hashesOf = (rows: readonly Digest[]): readonly Buffer[] => rows.map((row) => leafHash(bytesOf(row)));

test("the root is the kernel's, for every count, and so is the root of subtrees of one size", () => {
  for (let count = 0; count <= 70; count++) {
    const rows = rowsOf(count);
    expect(digestOf(rootOf(hashesOf(rows)))).toBe(kernelRoot(rows));
    if (count === 0) continue;
    const blocks = Array.from({ length: Math.ceil(count / 8) }, (_, i) =>
      rootOf(hashesOf(rows.slice(i * 8, i * 8 + 8))),
    );
    expect(digestOf(rootOf(blocks))).toBe(kernelRoot(rows));
  }
});

test("the path of every row leads to the root, and that of another row, place or count does not", () => {
  for (let rowCount = 1; rowCount <= 33; rowCount++) {
    const rows = rowsOf(rowCount);
    const root = kernelRoot(rows);
    rows.forEach((rowDigest, rowNumber) => {
      const path = pathOf(hashesOf(rows), rowNumber).map(digestOf);
      const proof = { rowNumber, rowCount, rowDigest, path };
      expect(provenRoot(proof)).toBe(root);
      expect(provenRoot({ ...proof, rowDigest: digestOfBytes("other") })).not.toBe(root);
      expect(provenRoot({ ...proof, path: [...path, root] })).not.toBe(root);
      expect(provenRoot({ ...proof, rowNumber: rowCount })).toBeUndefined();
      if (rowCount > 1) {
        expect(provenRoot({ ...proof, path: path.slice(1) })).not.toBe(root);
        expect(provenRoot({ ...proof, rowNumber: (rowNumber + 1) % rowCount })).not.toBe(root);
      }
    });
  }
});

test("no inner node passes for a row", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (count, at) => {
      const rows = rowsOf(count);
      const path = pathOf(hashesOf(rows), at % count).map(digestOf);
      const [sibling, ...rest] = path;
      if (sibling === undefined) return;
      const parent = digestOf(rootOf([leafHash(bytesOf(rows[at % count] ?? sibling)), bytesOf(sibling)]));
      const forged = { rowNumber: 0, rowCount: Math.ceil(count / 2), rowDigest: parent, path: rest };
      expect(provenRoot(forged)).not.toBe(kernelRoot(rows));
    }),
    { numRuns: 200 },
  );
});
