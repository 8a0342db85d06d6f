import fc from "fast-check";
import { expect, test } from "vitest";
import { bruteForce } from "./oracle.ts";
import { TILE_LENGTHS_NS, tilePlan } from "./tile-plan.ts";

const point = fc.oneof(
  fc.bigInt({ min: -400n, max: 400n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
  fc.bigInt({ min: -30n, max: 30n }).map((it) => it * 86_400_000_000_000n),
);

test("a plan covers its window once, with whole tiles of each length, and few of them beside the longest", () => {
  fc.assert(
    fc.property(point, point, fc.constantFrom([3n, 12n, 60n], TILE_LENGTHS_NS, []), (a, b, lengths) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const pieces = tilePlan(from, to, lengths);
      let reached = from;
      for (const piece of pieces) {
        expect(piece.from).toBe(reached);
        expect(piece.to).toBeGreaterThan(piece.from);
        const length = piece.level === undefined ? 1n : (lengths[piece.level] ?? 0n);
        expect([piece.from % length, piece.to % length]).toEqual([0n, 0n]);
        const next = lengths[(piece.level ?? -1) + 1];
        if (next !== undefined) expect(piece.to - piece.from).toBeLessThan(2n * next);
        reached = piece.to;
      }
      expect(reached).toBe(to);
      expect(pieces.length).toBeLessThanOrEqual(2 * lengths.length + 1);
    }),
  );
});

test("the oracle counts as people do", () => {
  const at = { eventNs: 1n, knowledgeNs: 1n, segment: 0, rowNumber: 0 };
  const values = [3n, 1n, 3n, 1n, 2n].map((value, rowNumber) => ({ ...at, rowNumber, value }));
  const of = (aggregate: Parameters<typeof bruteForce>[0]) => bruteForce(aggregate, values, true);
  expect([
    of({ function: "sum" }),
    of({ function: "mean" }),
    of({ function: "variance" }),
    of({ function: "standardDeviation" }),
    of({ function: "min" }),
    of({ function: "first", k: 2 }),
    of({ function: "last", k: 2 }),
    of({ function: "top", k: 1 }),
    of({ function: "top", k: 3 }),
    of({ function: "top", k: 4 }),
    of({ function: "distinct" }),
    of({ function: "quantile", quantile: 0.5, accuracy: 0.01 }),
    of({ function: "quantile", quantile: 0.6, accuracy: 0.01 }),
  ]).toEqual([10n, 2, 1, 1, 1n, 1n, 1n, 1n, 2n, null, 3n, 2, 2]);
});
