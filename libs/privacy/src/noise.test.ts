import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { below, ratioOf, squareRoot } from "./exact-chance.ts";
import { type Noise, noiseSource } from "./noise.ts";
import { keyedBytes, systemBytes } from "./random-bytes.ts";

const LAPLACE: Noise = { kind: "laplace", low: 0, high: 100, sensitivity: 100, epsilon: 1 };
const GAUSSIAN: Noise = { ...LAPLACE, kind: "gaussian", delta: 1e-5 };
const chance = () => keyedBytes(Buffer.alloc(32, 3));

describe("chance", () => {
  test("fractions of numbers are exact", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (it) => {
        const { part, over } = ratioOf(it);
        expect(Number(part) / Number(over)).toBe(it);
      }),
    );
  });
  test("square roots of whole numbers are the largest below", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (it) => {
        const root = squareRoot(it);
        expect(root * root <= it && (root + 1n) * (root + 1n) > it).toBe(true);
      }),
    );
  });
  test("whole numbers below a limit are all drawn, about as often", () => {
    const random = chance();
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 5_000; i++) {
      const drawn = Number(below(5n, random));
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(counts.reduce((sum, it) => sum + it, 0)).toBe(5_000);
    for (const it of counts) expect(Math.abs(it - 1_000)).toBeLessThan(140);
    expect(below(1n, random)).toBe(0n);
  });
  test("keyed chance repeats for its key, however it is asked for, and differs for another", () => {
    const take = (key: number, sizes: readonly number[]) => {
      const random = keyedBytes(Buffer.alloc(32, key));
      return Buffer.concat(sizes.map((it) => Buffer.from(random(it))));
    };
    expect(take(1, [1, 2, 3])).toEqual(take(1, [1, 2, 3]));
    expect(take(1, [16])).not.toEqual(take(2, [16]));
    expect(take(1, [10_000]).byteLength).toBe(10_000);
    expect(systemBytes(16)).not.toEqual(systemBytes(16));
  });
});

describe("noise", () => {
  test.each([LAPLACE, GAUSSIAN])(
    "$kind: lies on the grid, repeats for its key, and has the width that it says",
    (noise) => {
      const [one, two] = [noiseSource(noise, false, chance()), noiseSource(noise, false, chance())];
      const values = Array.from({ length: 3_000 }, () => one.add(50) as number);
      expect(values.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => two.add(50)));
      expect(values.every((it) => Number.isInteger(it / one.step))).toBe(true);
      const variance = values.reduce((sum, it) => sum + (it - 50) ** 2, 0) / values.length;
      // The variance of a Laplace distribution is twice the square of its scale; 3,000 squares scatter by 4% (2.6% Gaussian).
      const expected = (noise.kind === "laplace" ? 2 : 1) * one.scale ** 2;
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.16);
    },
  );

  test("the scale of Laplace noise is sensitivity over epsilon", () => {
    expect(noiseSource(LAPLACE, true, chance()).scale).toBe(100);
    expect(noiseSource({ ...LAPLACE, epsilon: 0.5 }, false, chance()).scale).toBeCloseTo(200, 0);
    expect(noiseSource({ ...LAPLACE, sensitivity: 10 }, true, chance()).scale).toBe(10);
  });

  test("values beyond the bounds are clamped first, so nothing far away can be seen", () => {
    const [far, edge] = [noiseSource(LAPLACE, false, chance()), noiseSource(LAPLACE, false, chance())];
    const drawn = [1e9, Number.POSITIVE_INFINITY, 100.1].map((it) => far.add(it));
    expect(drawn).toEqual([100, 100, 100].map((it) => edge.add(it)));
    const [low, bottom] = [noiseSource(LAPLACE, true, chance()), noiseSource(LAPLACE, true, chance())];
    expect(low.add(-(2n ** 63n))).toBe(bottom.add(0n));
  });

  test("values are rounded to the nearest place of the grid", () => {
    const { step } = noiseSource(LAPLACE, false, chance());
    const drawn = (value: number): unknown => noiseSource(LAPLACE, false, chance()).add(value);
    expect([drawn(0.4 * step), drawn(0.6 * step), drawn(1.5 * step)]).toEqual([drawn(0), drawn(step), drawn(2 * step)]);
  });

  test("two values that differ by the sensitivity come out within exp(epsilon) of each other, by the grid", () => {
    const terms = fc.record({
      low: fc.double({ min: -1e6, max: 0, noNaN: true }),
      width: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      part: fc.double({ min: 0.01, max: 1, noNaN: true }),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(terms, ({ low, width, part, place }) => {
        const high = low + width;
        const sensitivity = Math.min(part * width, high - low);
        const noise: Noise = { kind: "laplace", low, high, sensitivity, epsilon: 1 };
        // Drawing with the same chance shows where a value lies on the grid.
        const [one, two] = [noiseSource(noise, false, chance()), noiseSource(noise, false, chance())];
        const a = low + place * width;
        const steps =
          Math.abs((one.add(a) as number) - (two.add(Math.min(high, a + sensitivity)) as number)) / one.step;
        expect(steps).toBeLessThanOrEqual(Math.ceil(sensitivity / one.step));
        expect(one.scale).toBeCloseTo(Math.ceil(sensitivity / one.step) * one.step, 9);
      }),
    );
  });

  test("null stays null; NaN and other types have no noise", () => {
    const [real, whole] = [noiseSource(LAPLACE, false, chance()), noiseSource(LAPLACE, true, chance())];
    expect([real.add(null), real.add(Number.NaN), real.add("1"), real.add(1n), whole.add(1)]).toEqual([
      null,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(typeof whole.add(5n)).toBe("bigint");
  });

  test.each([
    ["bounds the wrong way round", { low: 5, high: 5 }, false],
    ["a sensitivity wider than the bounds", { sensitivity: 101 }, false],
    ["no epsilon", { epsilon: 0 }, false],
    ["an endless epsilon", { epsilon: Number.POSITIVE_INFINITY }, false],
    ["NaN", { sensitivity: Number.NaN }, false],
    ["a fraction for whole numbers", { low: 0.5 }, true],
    ["a grid finer than numbers", { low: 1e15, high: 1e15 + 100, sensitivity: 1 }, false],
  ])("%s is refused", (_, change, wholeNumbers) => {
    const make = () => noiseSource({ ...LAPLACE, ...change }, wholeNumbers, chance());
    expect(make).toThrow(expect.objectContaining({ reason: "NOISE_TERMS" }));
  });
  test("Gaussian noise needs a delta", () => {
    const make = () => noiseSource({ ...LAPLACE, kind: "gaussian", delta: 0 }, false, chance());
    expect(make).toThrow(/delta has to be above 0/);
  });
});
