import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INLINE_BYTES_MAX, isSampled, loggingOf, logPolicy } from "./log-policy.ts";

const D = "projects/p/deployments/d";
const share = fc.integer({ min: 1, max: 10_000 });

describe("the sample of a deployment", () => {
  test("holds a value always or never, and a larger share holds the sample of a smaller one", () => {
    fc.assert(
      fc.property(fc.string(), share, share, (value, a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        const isIn = isSampled(D, small, value);
        expect(isSampled(D, small, value)).toBe(isIn);
        if (isIn) expect(isSampled(D, large, value)).toBe(true);
        expect(isSampled(D, 10_000, value)).toBe(true);
      }),
    );
  });

  test("is as large as its share, and another one at another deployment", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => `caller-${i}`);
    const here = values.filter((it) => isSampled(D, 500, it));
    const there = values.filter((it) => isSampled("projects/p/deployments/e", 500, it));
    // 1,000 are expected; the bound is 5 standard deviations.
    expect(Math.abs(here.length - 1_000)).toBeLessThan(155);
    expect(Math.abs(here.filter((it) => there.includes(it)).length - 50)).toBeLessThan(36);
  });

  test("is everything while a rollout is under way, and where nothing is said", () => {
    expect(logPolicy({ sampleBasisPoints: 1, inlineBytesMax: 0 }, true)).toEqual({
      sampleBasisPoints: 10_000,
      inlineBytesMax: INLINE_BYTES_MAX,
    });
    expect(logPolicy({ sampleBasisPoints: 0, inlineBytesMax: 5 }, false)).toEqual({
      sampleBasisPoints: 10_000,
      inlineBytesMax: 1_024,
    });
    const never = (): string => {
      throw new Error("asked for a value that nothing depends on");
    };
    expect(loggingOf({ name: D }, never)).toEqual({});
    expect(loggingOf({ name: D, log: { sampleBasisPoints: 10_000, inlineBytesMax: 9 } }, never)).toEqual({
      inlineBytesMax: 9,
    });
  });
});
