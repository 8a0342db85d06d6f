/** Draws numbers in [0, 1). Taken as an argument by everything that needs chance. */
export type Random = () => number;

/**
 * A repeatable source of chance: the same seed gives the same numbers on every machine. xoshiro128** (Blackman and Vigna 2021,
 * doi:10.1145/3460772), filled from the seed by a Weyl sequence under a finalising hash; 32 bits a draw. Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let filler = seed >>> 0;
  const fill = (): number => {
    filler = (filler + 0x9e3779b9) >>> 0;
    let z = filler;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  return () => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled / 4_294_967_296;
  };
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
