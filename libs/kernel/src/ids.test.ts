import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { timeOrderedIds } from "./ids.ts";

/** A clock that shows the given times, one for each reading. */
const clockOf = (times: readonly number[]) => {
  const left = [...times];
  return { now: () => left.shift() ?? 0 };
};

const timeOf = (id: string): number =>
  [...id.slice(0, 10)].reduce((sum, it) => sum * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(it), 0);

describe("time-ordered ids", () => {
  test("only ever rise, whatever the clock does", () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(times, (readings) => {
        const newId = timeOrderedIds(clockOf(readings));
        const ids = readings.map(() => newId());
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });

  test("have 26 characters that are safe in names, files and URLs, and begin with the time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (time) => {
        const id = timeOrderedIds(clockOf([time]))();
        expect(id).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        expect(timeOf(id)).toBe(time);
      }),
    );
  });

  test("differ between two makers at one instant", () => {
    const ids = Array.from({ length: 100 }, () => timeOrderedIds(clockOf([1]))());
    expect(new Set(ids).size).toBe(100);
  });

  test("carry the time of the system's clock", () => {
    const before = systemClock.now();
    const time = timeOf(timeOrderedIds(systemClock)());
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(systemClock.now());
  });
});
