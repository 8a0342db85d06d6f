import fc from "fast-check";
import { expect, test } from "vitest";
import { NewestCache } from "./newest-cache.ts";

const BYTES_MAX = 32 * 1024;
/** Of an entry that is always taken. */
const TAKEN_BYTES_MAX = 400;
const series = fc.integer({ min: 0, max: 60 }).map((it) => Buffer.from(`series ${it}`.repeat(1 + (it % 3))));
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant("add"),
      series,
      size: fc.oneof(fc.integer({ min: 8, max: TAKEN_BYTES_MAX - 1 }), fc.constant(600)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constantFrom("forget", "find"), series, size: fc.constant(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom("hold", "hold", "forgetAll"), series, size: fc.constant(0) }),
  },
);

test("what is found is what was added last and not forgotten, however often the memory is used again", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: "max" }), (steps) => {
      const cache = new NewestCache(BYTES_MAX);
      const expected = new Map<string, Buffer>();
      let isHeld = false;
      for (const [i, { does, series, size }] of steps.entries()) {
        const key = series.toString();
        const at = cache.find(series);
        if (at >= 0) expect(Buffer.from(cache.bytes.subarray(at, at + cache.foundBytes))).toEqual(expected.get(key));
        if (does === "add") {
          // Longer than what is added, as the driver's memory is.
          const entry = Buffer.alloc(size + 5, i);
          cache.add(series, entry, size);
          const isTaken = !isHeld && size < TAKEN_BYTES_MAX;
          if (isTaken) expected.set(key, entry.subarray(0, size));
          if (isTaken) expect(cache.find(series)).toBeGreaterThanOrEqual(0);
        }
        if (does === "forget") cache.forget(series);
        if (does === "forgetAll") cache.forgetAll();
        if (does.startsWith("forget")) expect(cache.find(series)).toBe(-1);
        if (does !== "hold") continue;
        if (isHeld) cache.release();
        else cache.hold();
        isHeld = !isHeld;
      }
    }),
    { numRuns: 300 },
  );
});

test("a series that is asked for again is found, among as many as there is memory for", () => {
  const cache = new NewestCache(1024 * 1024);
  const all = Array.from({ length: 4_000 }, (_, i) => Buffer.from(`a series of an entity ${i}`));
  for (const [i, it] of all.entries()) cache.add(it, Buffer.alloc(100, i), 100);
  const there = all.filter((it) => cache.find(it) >= 0);
  expect(there.length).toBeGreaterThan(3_600);
});

test("an entry that is too long is not taken, and what was there of its series stays right", () => {
  const cache = new NewestCache(BYTES_MAX);
  const one = Buffer.from("one");
  cache.add(one, Buffer.alloc(BYTES_MAX), BYTES_MAX);
  expect(cache.find(one)).toBe(-1);
});
