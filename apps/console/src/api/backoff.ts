const FIRST_MS = 500;
const GROWTH = 1.6;
const MOST_MS = 15_000;

/**
 * How long to wait before the next attempt, in milliseconds: growing, bounded, and spread by `random` (from 0 to 1) so
 * that pages which lost the platform together do not come back together. `failures` counts from 1.
 */
export const backoffMs = (failures: number, random: number): number =>
  Math.min(MOST_MS, FIRST_MS * GROWTH ** (failures - 1)) * (0.75 + 0.5 * random);
