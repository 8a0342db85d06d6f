import { type Random, seededRandom } from "@throughline/stats";

/** A source of chance of its own for each list of whole numbers, such as a seed, the number of a trial and a purpose. */
export const chanceOf = (...keys: readonly number[]): Random => seededRandom(hashOf(keys));

/** 32 bits of whole numbers, each bit of which depends on all of them (the mixing of MurmurHash3, Appleby 2011). */
export function hashOf(keys: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const key of keys) {
    let k = Math.imul(key | 0, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= keys.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** One draw of the standard normal distribution (Box and Muller 1958, doi:10.1214/aoms/1177706645). */
export function normalDraw(random: Random): number {
  // 1 - random() is never 0, whose logarithm is not finite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A position of the weights, drawn in proportion to them. */
export function weightedDraw(weights: ArrayLike<number>, random: Random): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  let rest = random() * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i] ?? 0;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}
