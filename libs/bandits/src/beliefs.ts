import type { Belief } from "./best-arm.ts";

const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** A normal belief. */
export function normalBelief(centre: number, scale: number): Belief {
  const points = [...STEPS.map((it) => -it).reverse(), 0, ...STEPS].map((it) => centre + it * scale);
  return {
    density: (x) => {
      const z = (x - centre) / scale;
      return Math.exp((-z * z) / 2) / scale;
    },
    points,
  };
}

/** Student's t moved and scaled, up to where its density has fallen below 1e-14 of the highest. */
export function studentBelief({ centre, scale, degrees }: Student): Belief {
  const fallen = (z: number): number => ((degrees + 1) / 2) * Math.log1p((z * z) / degrees);
  const outwards = [0.5, 1, 1.5, 2, 3, 4, 6, 8];
  for (let z = 12; fallen(outwards.at(-1) ?? 0) < 32; z *= 1.5) outwards.push(z);
  const points = [...outwards.map((it) => -it).reverse(), 0, ...outwards].map((it) => centre + it * scale);
  return { density: (x) => Math.exp(-fallen((x - centre) / scale)) / scale, points };
}

interface Student {
  readonly centre: number;
  readonly scale: number;
  readonly degrees: number;
}

/** A Beta belief, for parameters of at least 1. */
export function betaBelief(alpha: number, beta: number): Belief {
  const sum = alpha + beta;
  const centre = alpha / sum;
  const scale = Math.sqrt((alpha * beta) / (sum * sum * (sum + 1)));
  const mode = sum > 2 ? (alpha - 1) / (sum - 2) : 0.5;
  const log = (x: number): number =>
    (alpha === 1 ? 0 : (alpha - 1) * Math.log(x)) + (beta === 1 ? 0 : (beta - 1) * Math.log1p(-x));
  const highest = log(mode);
  // Towards 0 and 1 it falls as slowly as an exponential.
  const outwards = [...STEPS, 11, 14, 18, 24, 32, 42];
  const inside = [...outwards.map((it) => -it), 0, ...outwards].map((it) => centre + it * scale);
  const points = [0, ...inside.filter((it) => it > 0 && it < 1), 1].sort((a, b) => a - b);
  return { density: (x) => Math.exp(log(x) - highest), points };
}
