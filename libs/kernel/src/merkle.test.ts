import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Digest, digestOfBytes } from "./digest.ts";
import { merkleTree } from "./merkle.ts";

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

/** The definition of RFC 6962, section 2.1, word for word: slow, and plainly right. */
function rootByDefinition(rows: readonly Digest[]): Buffer {
  const [first] = rows;
  if (first === undefined) return sha256();
  if (rows.length === 1) return sha256(Buffer.of(0), Buffer.from(first.slice(7), "hex"));
  let split = 1;
  while (split * 2 < rows.length) split *= 2;
  return sha256(Buffer.of(1), rootByDefinition(rows.slice(0, split)), rootByDefinition(rows.slice(split)));
}

const rootOf = (rows: readonly Digest[]): Digest => {
  const tree = merkleTree();
  for (const row of rows) tree.add(row);
  return tree.root();
};

const rowsUpTo = (count: number): readonly Digest[] =>
  Array.from({ length: count }, (_, i) => digestOfBytes(String(i)));

describe("the Merkle root", () => {
  test("is the recursion of RFC 6962 for every count up to 130", () => {
    for (let count = 0; count <= 130; count++) {
      const rows = rowsUpTo(count);
      expect(rootOf(rows), `${count} rows`).toBe(`sha256:${rootByDefinition(rows).toString("hex")}`);
    }
  });

  test("can be asked for after every row without disturbing the next", () => {
    const tree = merkleTree();
    for (const [i, row] of rowsUpTo(40).entries()) {
      tree.add(row);
      expect(tree.root()).toBe(rootOf(rowsUpTo(i + 1)));
      expect(tree.count()).toBe(i + 1);
    }
  });

  test("changes when a row changes, moves, is doubled or goes", () => {
    const rows = fc.array(fc.uint8Array({ maxLength: 2 }).map(digestOfBytes), { maxLength: 20 });
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        expect(rootOf(a) === rootOf(b)).toBe(a.join() === b.join());
      }),
    );
    expect(rootOf(rowsUpTo(3))).not.toBe(rootOf([...rowsUpTo(3), ...rowsUpTo(3).slice(2)]));
    expect(rootOf(rowsUpTo(3))).not.toBe(rootOf(rowsUpTo(3).toReversed()));
  });

  test("of one row is not the row, so that no inner node passes for a row", () => {
    const [row] = rowsUpTo(1) as [Digest];
    expect(rootOf([row])).not.toBe(row);
    const pair = rootOf(rowsUpTo(2));
    expect(rootOf([pair])).not.toBe(pair);
  });
});
