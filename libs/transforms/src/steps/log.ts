import type { Log } from "../definition.ts";
import { aFlag, aName, aNumber } from "../fields.ts";
import type { Lane, ProgramBuilder } from "../program.ts";
import { asNumber, expectTypes, onlyInput, onlyOutput, type StepKind } from "./step-kind.ts";

export const log: StepKind<Log> = {
  fields: { input: aName, output: aName, base: { optional: aNumber }, plusOne: { optional: aFlag } },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole"], report);
    if (step.base !== undefined && (step.base <= 0 || step.base === 1)) report("base", "has to be positive, and not 1");
    return onlyOutput(step, "number");
  },
  constants: { divisor: aNumber },
  // A constant, since libraries of mathematics differ in its last bit.
  fixed: ({ base }) => (base === undefined ? undefined : { divisor: Math.log(base) }),
  lower({ base, plusOne = false }, { inputs, constants, build }) {
    const input = onlyInput(inputs);
    const natural = naturalLogarithm(build, asNumber(build, input), plusOne);
    if (base === undefined) return [{ type: "number", lane: natural }];
    return [{ type: "number", lane: build.divide(natural, (constants as { readonly divisor: number }).divisor) }];
  },
};

/** ln 2 in two parts: the first has so few bits that its multiples by exponents are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF = Math.SQRT1_2;
const LEAST_NORMAL = 2 ** -1022;
/** The series is cut where its terms are below 2^-54 of the sum. */
const TERMS = 10;

/**
 * Libraries of mathematics differ in the last bits of a logarithm, so this one is made of sums, products and quotients:
 * x = 2^k m with m between sqrt(1/2) and sqrt(2), and ln m = 2 artanh(s) = 2s + 2s (z/3 + z^2/5 + ...) with
 * s = (m - 1) / (m + 1) and z = s^2.
 */
function naturalLogarithm(build: ProgramBuilder, x: Lane, plusOne: boolean): Lane {
  const argument = plusOne ? build.add(x, 1) : x;
  const [mantissa, exponent] = mantissaAndExponent(build, argument);
  let [part, power] = [build.subtract(mantissa, 1), exponent];
  if (plusOne) {
    // Near 0 the sum 1 + x has lost bits of x, which are what the logarithm consists of there.
    const isNear = build.select(build.less(x, Math.SQRT2 - 1), build.select(build.less(SQRT_HALF - 1, x), 1, 0), 0);
    const near = build.atLeast(isNear, 1);
    part = build.select(near, x, part);
    power = build.select(near, 0, power);
  }
  const s = build.divide(part, build.add(part, 2));
  const z = build.multiply(s, s);
  let series = build.multiply(z, 1 / (2 * TERMS + 1));
  for (let n = TERMS - 1; n >= 1; n--) series = build.multiply(build.add(series, 1 / (2 * n + 1)), z);
  const twice = build.multiply(s, 2);
  const tail = build.add(build.multiply(twice, series), build.multiply(power, LN2_LOW));
  const finite = build.add(build.add(twice, tail), build.multiply(power, LN2_HIGH));
  const infinite = build.atLeast(argument, Number.POSITIVE_INFINITY);
  // NaN is not greater than 0 either.
  return build.select(build.less(0, argument), build.select(infinite, Number.POSITIVE_INFINITY, finite), Number.NaN);
}

/** A number as m * 2^k with m between sqrt(1/2) and sqrt(2), by comparison with powers of two: blocks of 64, then within one. */
function mantissaAndExponent(build: ProgramBuilder, x: Lane): readonly [Lane, Lane] {
  const normal = build.select(build.less(x, LEAST_NORMAL), LEAST_NORMAL, x);
  const blocks = Array.from({ length: 32 }, (_, i) => i);
  const block = build.count(
    normal,
    blocks.slice(1).map((it) => 2 ** (64 * (it - 16))),
  );
  const near = build.multiply(
    normal,
    build.take(
      block,
      blocks.map((it) => [2 ** (-64 * (it - 16) - 32)]),
    ),
  );
  const steps = Array.from({ length: 64 }, (_, i) => i);
  const step = build.count(
    near,
    steps.slice(1).map((it) => 2 ** (it - 32)),
  );
  const mantissa = build.multiply(
    near,
    build.take(
      step,
      steps.map((it) => [2 ** (32 - it)]),
    ),
  );
  const exponent = build.subtract(build.add(build.multiply(block, 64), step), 1024);
  const isGreat = build.less(Math.SQRT2, mantissa);
  return [
    build.select(isGreat, build.multiply(mantissa, 0.5), mantissa),
    build.select(isGreat, build.add(exponent, 1), exponent),
  ];
}
