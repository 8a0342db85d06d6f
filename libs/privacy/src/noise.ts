import { type FeatureValue, invalidField } from "@throughline/kernel";
import { discreteGaussian, discreteLaplace, type Ratio, ratioOf } from "./exact-chance.ts";
import { gaussianDeviation } from "./gaussian-deviation.ts";
import type { RandomBytes } from "./random-bytes.ts";

/** What noise promises, and about which values. */
export interface NoiseTerms {
  /** Values are clamped to [low, high] before noise is added; what comes out is not. */
  readonly low: number;
  readonly high: number;
  /**
   * How far apart two values may be that nobody shall be able to tell apart. With `high - low` each value is protected whatever it
   * is (local differential privacy); with less, near values are.
   */
  readonly sensitivity: number;
  /** In (0, 100]. Less is more private. Each release of a value spends it again. */
  readonly epsilon: number;
}

/** Laplace noise gives epsilon alone, Gaussian noise epsilon but for a chance of delta. */
export type Noise =
  | ({ readonly kind: "laplace" } & NoiseTerms)
  | ({ readonly kind: "gaussian" /** In (0, 0.1]. */; readonly delta: number } & NoiseTerms);

/** Adds noise to a value; undefined for NaN and what is no number. Null stays null. */
export type AddNoise = (value: FeatureValue) => FeatureValue | undefined;

/** How many steps of the grid the sensitivity has at least: the noise is wider by at most one part of them. */
const STEPS = 1_024;
/** Far from where numbers lose their digits. */
const SENSITIVITY_MIN = 1e-250;
const EPSILON_MAX = 100;
const DELTA_MAX = 0.1;
const INT64_MAX = 2n ** 63n - 1n;

/** Noise for a column of numbers, with the grid that it lies on and how wide it is. */
export interface NoiseSource {
  readonly add: AddNoise;
  /** The step of the grid: 1 for whole numbers, else a power of two. Every value that comes out is a multiple. */
  readonly step: number;
  /** The scale of the Laplace distribution, or the standard deviation of the Gaussian one, in the unit of the values. */
  readonly scale: number;
}

/**
 * Noise of the discrete Laplace or discrete Gaussian distribution, drawn without rounding. Floating-point draws would give the
 * value away by their last bits (Mironov 2012, doi:10.1145/2382196.2382264); so values are rounded to a grid and the noise is a
 * whole number of its steps (Canonne, Kamath and Steinke 2020, arXiv:2004.00010). The terms hold exactly for Laplace, and for
 * Gaussian by the bound of `gaussianDeviation`. How long a draw takes is not hidden.
 *
 * @throws DomainError invalid NOISE_TERMS if the terms are out of range.
 */
export function noiseSource(noise: Noise, wholeNumbers: boolean, random: RandomBytes): NoiseSource {
  const wrong = noiseProblem(noise, wholeNumbers);
  if (wrong !== undefined) throw invalidField("noise", wrong, "NOISE_TERMS");
  const step = wholeNumbers ? 1 : 2 ** (Math.floor(Math.log2(noise.sensitivity)) - Math.log2(STEPS));
  const steps = Math.ceil(noise.sensitivity / step);
  const { draw, scale } = noise.kind === "laplace" ? laplace(noise, steps, random) : gaussian(noise, steps, random);
  const onGrid = (value: number | bigint): bigint => {
    if (typeof value === "bigint") return clamp(value, BigInt(noise.low), BigInt(noise.high));
    const places = Math.min(noise.high, Math.max(noise.low, value)) / step;
    const floor = Math.floor(places);
    return BigInt(floor) + (places - floor >= 0.5 ? 1n : 0n);
  };
  const add: AddNoise = (value) => {
    if (value === null) return null;
    if (typeof value === "bigint" && wholeNumbers) return clamp(onGrid(value) + draw(), -INT64_MAX, INT64_MAX);
    if (typeof value !== "number" || wholeNumbers || Number.isNaN(value)) return undefined;
    return Number(onGrid(value) + draw()) * step;
  };
  return { add, step, scale: scale * step };
}

/** What is wrong with the terms of noise; undefined if nothing is. */
export function noiseProblem(noise: Noise, wholeNumbers: boolean): string | undefined {
  const { low, high, sensitivity, epsilon } = noise;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) return "low has to be below high, both finite";
  if (!(sensitivity >= SENSITIVITY_MIN && sensitivity <= high - low))
    return `sensitivity has to be at least ${SENSITIVITY_MIN} and at most high - low`;
  if (!(epsilon > 0 && epsilon <= EPSILON_MAX)) return `epsilon has to be above 0 and at most ${EPSILON_MAX}`;
  if (noise.kind === "gaussian" && !(noise.delta > 0 && noise.delta <= DELTA_MAX))
    return `delta has to be above 0 and at most ${DELTA_MAX}`;
  if (wholeNumbers && ![low, high, sensitivity].every(Number.isSafeInteger))
    return "low, high and sensitivity of a column of whole numbers have to be whole and within 2^53";
  if (Math.max(Math.abs(low), Math.abs(high)) / sensitivity > 2 ** 40)
    return "sensitivity has to be at least a 2^40th of low and high, or the grid gets finer than numbers are";
  return undefined;
}

interface Draws {
  readonly draw: () => bigint;
  /** In steps of the grid. */
  readonly scale: number;
}

function laplace({ epsilon }: NoiseTerms, steps: number, random: RandomBytes): Draws {
  const { part, over } = ratioOf(epsilon);
  const scale: Ratio = { part: BigInt(steps) * over, over: part };
  return { draw: () => discreteLaplace(scale, random), scale: steps / epsilon };
}

function gaussian(noise: Extract<Noise, { kind: "gaussian" }>, steps: number, random: RandomBytes): Draws {
  const scale = steps * gaussianDeviation(noise.epsilon, noise.delta);
  const variance: Ratio = ratioOf(scale * scale * (1 + Number.EPSILON * 8));
  return { draw: () => discreteGaussian(variance, random), scale };
}

const clamp = (value: bigint, low: bigint, high: bigint): bigint => (value < low ? low : value > high ? high : value);
