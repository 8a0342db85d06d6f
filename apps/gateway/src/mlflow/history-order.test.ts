import { realJson, wholeJson } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrderOfTime } from "./history-order.ts";

interface Point {
  readonly time: number;
  readonly step: bigint;
  readonly value: number;
}

const pointJson = ({ time, step, value }: Point, place: number) => ({
  key: "loss",
  timestamp: time,
  step: wholeJson(step),
  value: realJson(value),
  dataset_name: String(place),
  dataset_digest: undefined,
});

/** As people would write it, of points whose times, steps and values are all small or one of a few. */
function compared(a: Point, b: Point): number {
  const signs = [a.time - b.time, Number(a.step - b.step), (a.value || 0) < (b.value || 0) ? -1 : 1];
  return signs.find((it, i) => it !== 0 && (i < 2 || (a.value || 0) !== (b.value || 0))) ?? 0;
}

async function expectOrder(points: readonly Point[]): Promise<void> {
  const places = points.map((_, i) => i).sort((i, j) => compared(points[i] as Point, points[j] as Point));
  const found = await inOrderOfTime(points.map(pointJson));
  expect(found.map((it) => Number(it.dataset_name))).toEqual(places);
}

const { MAX_SAFE_INTEGER, NaN: nan, POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
const STEPS = [-3n, 0n, 1n, BigInt(MAX_SAFE_INTEGER), BigInt(MAX_SAFE_INTEGER) + 1n, BigInt(MAX_SAFE_INTEGER) + 2n];
const VALUES = [nan, -1, -0, 0, 0.5, POSITIVE_INFINITY, NEGATIVE_INFINITY];

test("points come by time, step and value, and what is alike in all as it came", async () => {
  const point = fc.record({
    time: fc.integer({ min: 0, max: 3 }),
    step: fc.constantFrom(...STEPS),
    value: fc.constantFrom(...VALUES),
  });
  await fc.assert(fc.asyncProperty(fc.array(point), expectOrder));
});

test.each([
  ["in the order of time", (i: number) => i],
  ["against it", (i: number) => -i],
  ["of a training that was begun anew", (i: number) => (i * 2) % 35_001],
  ["of few times", (i: number) => i % 3],
])("as many as are sorted in parts come so too: %s", async (_what, timeOf) => {
  const points = Array.from({ length: 35_001 }, (_, i) => ({ time: timeOf(i), step: BigInt(i >> 2), value: i % 5 }));
  await expectOrder(points);
});
