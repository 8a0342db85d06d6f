import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../port.ts";
import type { Point, Series, SeriesPoint, SeriesRange } from "../series.ts";

/** Checks the laws of series. `open` returns an empty store. */
export function testSeries(name: string, open: () => Promise<Store>): void {
  describe(`series: ${name}`, () => {
    let series: Series;
    let store: Store;
    beforeEach(async () => {
      store = await open();
      series = store.series("laws_points");
    });

    test("points are read in order, whatever order and however often they came", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(POINT, { maxLength: 30 }),
          fc.boolean(),
          fc.uuid(),
          async (points, descending, key) => {
            await series.append(points.map((point) => ({ key, ...point })));
            await series.append(points.map((point) => ({ key, ...point })));
            const expected = inOrder(points);
            if (descending) expected.reverse();

            expect(await readAll(series, key, { descending, limit: 7 })).toEqual(expected);
          },
        ),
        { numRuns: 30 },
      );
    });

    test("every float64 and int64 comes back as it was", async () => {
      const values = [Number.NaN, Infinity, -Infinity, 0, -0, 5e-324, 1.7976931348623157e308, 0.1];
      const int64s = [-(2n ** 63n), 2n ** 63n - 1n, 9007199254740993n, 0n];
      const points = values.flatMap((value) =>
        int64s.map((n) => ({ key: "k", step: n, timeMs: -5, value, sequence: n })),
      );
      await series.append(points);
      const expected = inOrder(points.map(({ key: _, ...point }) => ({ ...point, value: point.value + 0 })));
      expect(await readAll(series, "k", { limit: 5 })).toEqual(expected);
    });

    test("a range of steps is read alone", async () => {
      await series.append(steps("k", 20));
      const read = await series.read("k", { fromStep: 5n, beforeStep: 8n, limit: 100 });
      expect(read.map((it) => it.step)).toEqual([5n, 6n, 7n]);
      expect(await series.read("k", { fromStep: 50n, limit: 100 })).toEqual([]);
      expect(await series.read("K", { limit: 100 })).toEqual([]);
    });

    test("a summary has the last point, and the extremes without NaN", async () => {
      const at = (step: bigint, value: number): SeriesPoint => ({ key: "k", step, timeMs: 1, value, sequence: 0n });
      await series.append([at(2n, Number.NaN)]);
      expect(await series.summaries(["k", "absent"])).toEqual(
        new Map([["k", { key: "k", last: { step: 2n, timeMs: 1, value: Number.NaN, sequence: 0n } }]]),
      );
      await series.append([at(9n, 4), at(3n, -Infinity)]);
      await series.append([at(1n, 7)]);
      const last = { step: 9n, timeMs: 1, value: 4, sequence: 0n };
      expect((await series.summaries(["k"])).get("k")).toEqual({ key: "k", last, min: -Infinity, max: 7 });
    });

    test("keys are listed by their bytes, by prefix and page by page", async () => {
      const keys = ["r1/a", "r1/B", "r1/é", "r10/a", "r2/a", "R1/a"];
      await series.append(keys.map((key) => ({ key, step: 0n, timeMs: 0, value: 0, sequence: 0n })));
      expect(await series.keys("r1/", { limit: 2 })).toEqual(["r1/B", "r1/a"]);
      expect(await series.keys("r1/", { after: "r1/a", limit: 2 })).toEqual(["r1/é"]);
      expect(await series.keys("", { limit: 10 })).toEqual(["R1/a", "r1/B", "r1/a", "r1/é", "r10/a", "r2/a"]);
    });

    test("an append larger than a commit is whole when it resolves", async () => {
      await series.append([...steps("k", 12_000), ...steps("l", 10)]);
      const first = await series.read("k", { limit: 10_000 });
      const rest = await series.read("k", { after: first.at(-1) as Point, limit: 10_000 });
      expect(first.length + rest.length).toBe(12_000);
      expect((await series.summaries(["k", "l"])).get("k")?.last.step).toBe(11_999n);
    });

    test.each<[string, Partial<SeriesPoint>]>([
      ["a step over 64 bits", { step: 2n ** 63n }],
      ["half a millisecond", { timeMs: 0.5 }],
      ["an empty key", { key: "" }],
      ["a text as value", { value: "1" as never }],
    ])("%s is refused, and nothing of the append is stored", async (_, wrong) => {
      const points = [...steps("k", 1), { ...(steps("k", 2)[1] as SeriesPoint), ...wrong }];
      await expect(series.append(points)).rejects.toMatchObject({ reason: "INVALID_VALUE" });
      expect(await series.read("k", { limit: 10 })).toEqual([]);
    });
  });
}

const POINT: fc.Arbitrary<Point> = fc.record({
  step: fc.bigInt({ min: -2n, max: 2n }),
  timeMs: fc.integer({ min: 0, max: 2 }),
  value: fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1, -1),
  sequence: fc.bigInt({ min: 0n, max: 1n }),
});

const steps = (key: string, count: number): SeriesPoint[] =>
  Array.from({ length: count }, (_, i) => ({ key, step: BigInt(i), timeMs: i, value: i / 3, sequence: 0n }));

async function readAll(series: Series, key: string, range: SeriesRange): Promise<readonly Point[]> {
  const page = await series.read(key, range);
  const last = page.at(-1);
  if (last === undefined || page.length < range.limit) return page;
  return [...page, ...(await readAll(series, key, { ...range, after: last }))];
}

/** Distinct points by step, time, sequence and value, NaN last. */
function inOrder(points: readonly Point[]): Point[] {
  const distinct = new Map(points.map((it) => [[it.step, it.timeMs, it.sequence, it.value].join(), it]));
  const size = (value: number) => (Number.isNaN(value) ? 1 : 0);
  return [...distinct.values()].sort(
    (a, b) =>
      Number(a.step > b.step) - Number(a.step < b.step) ||
      a.timeMs - b.timeMs ||
      Number(a.sequence > b.sequence) - Number(a.sequence < b.sequence) ||
      size(a.value) - size(b.value) ||
      Number(a.value > b.value) - Number(a.value < b.value),
  );
}
