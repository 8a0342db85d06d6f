import { hashOf } from "./chance.ts";
import { valueAt } from "./parameter.ts";
import { sobolDirections } from "./sobol-directions.ts";
import { chosen } from "./space.ts";
import type { Ask, Suggestion } from "./trial.ts";

/** The point of a trial's number in a scrambled Sobol sequence, which fills the space more evenly than chance does. */
export function sobolSuggestion({ problem: { space, seed }, number }: Pick<Ask, "problem" | "number">): Suggestion {
  const params = chosen(space, (parameter, i) =>
    valueAt(parameter, (scrambled(sobolBits(number, i), [seed, i]) + 0.5) / 2 ** 32),
  );
  return { params, generation: 0 };
}

/**
 * 32 bits of a point of the Sobol sequence in one of its dimensions, in the order of Gray codes (Antonov and Saleev 1979,
 * doi:10.1016/0041-5553(79)90085-5).
 */
export function sobolBits(number: number, dimension: number): number {
  const directions = sobolDirections[dimension];
  let bits = 0;
  for (let gray = number ^ (number >>> 1), i = 0; gray !== 0; gray >>>= 1, i++)
    if (gray & 1) bits ^= directions?.[i] ?? 0;
  return bits >>> 0;
}

/**
 * Nested uniform scrambling (Owen 1995, doi:10.1007/978-1-4612-2552-2_19): whether a bit is turned depends, by chance, on
 * all bits above it, which keeps the evenness of the sequence.
 */
function scrambled(bits: number, keys: readonly number[]): number {
  let result = 0;
  for (let i = 31; i >= 0; i--) {
    const above = i === 31 ? 0 : bits >>> (i + 1);
    const turned = ((bits >>> i) ^ hashOf([...keys, i, above])) & 1;
    result = (result | (turned << i)) >>> 0;
  }
  return result;
}
