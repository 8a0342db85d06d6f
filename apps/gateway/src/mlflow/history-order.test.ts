import { realJson } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HistoryColumns, historyColumns, historyText } from "./history-columns.ts";
import { orderOfTime } from "./history-order.ts";

interface Point {
  readonly time: number;
  readonly step: bigint;
  readonly value: number;
}

function columnsOf(points: readonly Point[]): HistoryColumns {
  const columns = historyColumns();
  // In two parts, as pages come.
  for (const part of [points.slice(0, 7), points.slice(7)])
    columns.add(part.map(({ time, step, value }) => ({ time: fromMs(time), step, value })));
  return columns;
}

/** As people would write it, of points whose times, steps and values are all small or one of a few. */
function compared(a: Point, b: Point): number {
  const signs = [a.time - b.time, Number(a.step - b.step), (a.value || 0) < (b.value || 0) ? -1 : 1];
  return signs.find((it, i) => it !== 0 && (i < 2 || (a.value || 0) !== (b.value || 0))) ?? 0;
}

async function expectOrder(points: readonly Point[]): Promise<void> {
  const places = points.map((_, i) => i);
  const order = await orderOfTime(columnsOf(points));
  expect([...(order ?? places)]).toEqual(places.toSorted((i, j) => compared(points[i] as Point, points[j] as Point)));
}

const { MAX_SAFE_INTEGER, NaN: nan, POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
const STEPS = [-3n, 0n, 1n, BigInt(MAX_SAFE_INTEGER), BigInt(MAX_SAFE_INTEGER) + 1n, BigInt(MAX_SAFE_INTEGER) + 2n];
const VALUES = [nan, -1, -0, 0, 0.5, 1e21, POSITIVE_INFINITY, NEGATIVE_INFINITY];
const POINT = fc.record({
  time: fc.integer({ min: 0, max: 3 }),
  step: fc.constantFrom(...STEPS),
  value: fc.constantFrom(...VALUES),
});

test("points come by time, step and value, and what is alike in all as it came", () =>
  fc.assert(fc.asyncProperty(fc.array(POINT), expectOrder)));

test.each([
  ["in the order of time", (i: number) => i],
  ["against it", (i: number) => -i],
  ["of a training that was begun anew", (i: number) => (i * 2) % 35_001],
  ["of few times", (i: number) => i % 3],
])("as many as are sorted in parts come so too: %s", async (_what, timeOf) => {
  const points = Array.from({ length: 35_001 }, (_, i) => ({ time: timeOf(i), step: BigInt(i >> 2), value: i % 5 }));
  await expectOrder(points);
});

test("the order of points that are in order is not told", async () => {
  expect(await orderOfTime(columnsOf([1, 2, 2].map((time) => ({ time, step: 0n, value: 0 }))))).toBeUndefined();
});

test("an answer has the points in their order, whole numbers as plain digits", () => {
  fc.assert(
    fc.property(fc.array(POINT), fc.string(), (points, metric) => {
      const order = Uint32Array.from(points.keys()).reverse();
      const text = [...historyText(metric, columnsOf(points), { order, nextPageToken: '"' })].join("");
      const { metrics, next_page_token } = JSON.parse(text.replaceAll(/"step":(-?\d+)\}/g, '"step":"$1"}'));
      const wanted = points.map((it) => ({
        key: metric,
        value: realJson(it.value + 0),
        timestamp: it.time,
        step: `${it.step}`,
      }));
      expect([metrics, next_page_token]).toEqual([wanted.reverse(), '"']);
    }),
  );
});
