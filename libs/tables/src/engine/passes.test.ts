import fc from "fast-check";
import { expect, test } from "vitest";
import { passesOver } from "./passes.ts";

const MIB = 1;
/** What one MiB of memory reads in a pass. */
const PASS_ROWS = 2_000;

test("passes read every row of every file once and in order, and none is much larger than the memory allows", () => {
  const counts = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 9_000 })), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(counts, (rowCounts) => {
      const segments = rowCounts.map((_, i) => `file${i}`);
      const passes = passesOver({ segments, rowCounts, shares: [], memoryLimitMiB: MIB });
      const parts = passes.flatMap((pass) =>
        pass.segments.map((segment, i) => {
          const at = pass.segmentsBefore + i;
          expect(segments[at]).toBe(segment);
          return { at, from: pass.range?.from ?? 0, to: pass.range?.to ?? rowCounts[at] ?? 0 };
        }),
      );
      const covered = rowCounts.map((rowCount, at) => {
        const own = parts.filter((it) => it.at === at);
        own.forEach((it, i) => void expect(it.from).toBe(i === 0 ? 0 : own[i - 1]?.to));
        expect(own.at(-1)?.to).toBe(rowCount);
        return own.reduce((sum, it) => sum + it.to - it.from, 0);
      });
      expect(covered).toEqual(rowCounts);
      expect(parts.map((it) => it.at)).toEqual(parts.map((it) => it.at).sort((a, b) => a - b));
      for (const { rowCount } of passes) expect(rowCount).toBeLessThanOrEqual(1.5 * PASS_ROWS);
    }),
  );
});

test("small files share a pass", () => {
  const rowCounts = [700, 700, 700, 100];
  const passes = passesOver({ segments: ["a", "b", "c", "d"], rowCounts, shares: [], memoryLimitMiB: MIB });
  expect(passes.map((it) => it.segments)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
});
