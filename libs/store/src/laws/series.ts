import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../port.ts";
import type { Point, Sample, Series, SeriesPoint, SeriesRange } from "../series.ts";

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

    test("removing what starts with a prefix leaves the others, and the keys can be used again", async () => {
      await series.append([...steps("r1/a", 700), ...steps("r1/b", 3), ...steps("r10/a", 2), ...steps("r1", 1)]);
      await series.removeAll("r1/");
      await series.removeAll("never");
      expect(await series.keys("", { limit: 9 })).toEqual(["r1", "r10/a"]);
      expect(await series.read("r1/a", { limit: 9 })).toEqual([]);
      await series.append(steps("r1/a", 1));
      expect(await readAll(series, "r1/a", { limit: 9 })).toHaveLength(1);
      expect((await series.sample("r1/a", { points: 4 })).points).toHaveLength(1);
    });

    test("an append larger than a commit is whole when it resolves", async () => {
      await series.append([...steps("k", 12_000), ...steps("l", 10)]);
      const first = await series.read("k", { limit: 10_000 });
      const rest = await series.read("k", { after: first.at(-1) as Point, limit: 10_000 });
      expect(first.length + rest.length).toBe(12_000);
      expect((await series.summaries(["k", "l"])).get("k")?.last.step).toBe(11_999n);
    });

    test("a short curve is sampled whole, and an empty one too", async () => {
      await series.append(steps("k", 50));
      expect(await series.sample("k", { points: 50 })).toEqual({
        points: await readAll(series, "k", { limit: 99 }),
        complete: true,
      });
      expect(await series.sample("none", { points: 4 })).toEqual({ points: [], complete: true });
      await expect(series.sample("k", { points: 3 })).rejects.toMatchObject({ reason: "INVALID_STORE_CALL" });
    });

    test.each<[string, (i: number) => Pick<Point, "step" | "value">]>([
      ["in the order of steps", (i) => ({ step: BigInt(i), value: wave(i) })],
      ["all at step 0", (i) => ({ step: 0n, value: wave(i) })],
      ["whose steps come in no order", (i) => ({ step: BigInt((i * 7_919) % LONG), value: wave(i) })],
      ["half of them NaN", (i) => ({ step: BigInt(i), value: i % 2 === 0 ? Number.NaN : wave(i) })],
    ])("a long curve keeps its ends and its extremes, in parts too: points %s", async (_, at) => {
      const points = Array.from({ length: LONG }, (_, i) => ({ timeMs: i, sequence: BigInt(i + 1), ...at(i) }));
      const append = (from: number, to: number) =>
        series.append(points.slice(from, to).map((it) => ({ key: "k", ...it })));
      // In pieces, the last one first once the series is long, and one of them again.
      await append(0, 100);
      await append(100, 300);
      await append(LONG - 5_000, LONG);
      await append(300, LONG - 5_000);
      await append(200, 400);
      const ordered = inOrder(points);
      for (const [fromStep, beforeStep] of [[], [0n], [4_000n, 16_000n], [100n, 101n], [30_000n]] as const) {
        const range = ordered.filter((it) => (fromStep ?? 0n) <= it.step && it.step < (beforeStep ?? BigInt(LONG)));
        const steps = { ...(fromStep !== undefined && { fromStep }), ...(beforeStep !== undefined && { beforeStep }) };
        const sample = await series.sample("k", { points: 60, ...steps });
        expectSample(sample, range, 60);
      }
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

const LONG = 17_500;

const wave = (i: number): number => Math.sin(i / 300) * (i % 4_321) + (i === 12_345 ? 1e6 : 0) - (i === 77 ? 1e6 : 0);

/** Checks the laws of samples against all points of the range, in order. */
function expectSample({ points, complete }: Sample, range: readonly Point[], most: number): void {
  expect(points.length).toBeLessThanOrEqual(most);
  expect(complete).toBe(range.length <= most);
  const known = new Set(range.map((it) => `${it.sequence}`));
  expect(points.every((it) => known.has(`${it.sequence}`))).toBe(true);
  expect(points).toEqual(inOrder(points));
  const values = range.map(({ value }) => value).filter((it) => !Number.isNaN(it));
  const shown = points.map(({ value }) => value).filter((it) => !Number.isNaN(it));
  if (range.length === 0) return;
  expect([points[0], points.at(-1)]).toEqual([range[0], range.at(-1)]);
  expect(Math.max(...shown)).toBe(Math.max(...values));
  expect(Math.min(...shown)).toBe(Math.min(...values));
  if (range.length > 20 * most) expect(points.length).toBeGreaterThan(most / 3);
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
