import { type BanditState, count } from "./state.ts";

/** All of the traffic, in basis points. */
const WHOLE = 10_000;

/** The shares of single requests are counted in steps of this many basis points: so a log has few different ones. */
export const CONTEXT_GRAIN = 100;

/** Rewards by which a state has to grow before choices are made by the new one: the rewards of before times this. */
const GROWTH = 0.05;

/**
 * Probabilities as shares in basis points that add up to 10,000: rounded down to steps of `grain` above the floors; what is left goes to
 * those that lost most by it, and what is less than a step to the first of them.
 */
export function wholeShares(
  probabilities: readonly number[],
  { floors, grain = 1 }: { readonly floors: readonly number[]; readonly grain?: number },
): readonly number[] {
  const exact = probabilities.map((probability, at) => {
    const [points, floor] = [probability * WHOLE, floors[at] ?? 0];
    const weight = floor + grain * Math.floor(Math.max(0, points - floor) / grain);
    return { at, weight, loss: points - weight };
  });
  const left = WHOLE - exact.reduce((sum, it) => sum + it.weight, 0);
  const shares = exact.map((it) => it.weight);
  const byLoss = [...exact].sort((a, b) => b.loss - a.loss);
  for (const [i, { at, weight }] of byLoss.entries()) if (i < Math.floor(left / grain)) shares[at] = weight + grain;
  const [first] = byLoss;
  if (first) shares[first.at] = (shares[first.at] ?? 0) + (left % grain);
  return shares;
}

/** Rewards that all arms have together. */
const rewardCount = ({ arms }: BanditState): number => Object.values(arms).reduce((sum, it) => sum + count(it), 0);

/** True if a state has learnt so much more than the one before that choices should be made by it. */
export function hasGrown(before: BanditState | undefined, now: BanditState): boolean {
  const known = before ? rewardCount(before) : 0;
  const all = rewardCount(now);
  return all > known && all >= known * (1 + GROWTH);
}
