import type { Random } from "@throughline/stats";
import type { BanditPolicy } from "../policy.ts";

/** Arms to play with: what a context and an arm are worth on average, and what they give. */
export interface Game {
  readonly arms: readonly string[];
  /** The next context. Empty for games without. */
  readonly context: (random: Random) => readonly number[];
  /** The mean reward of an arm, by its place. */
  readonly mean: (arm: number, context: readonly number[]) => number;
  readonly reward: (mean: number, random: Random) => number;
}

/**
 * Plays a policy, and gives what it lost against the best arm after so many rounds: the sum of the differences of mean rewards. Every
 * choice is drawn by `random`, and so are rewards.
 */
export function playedRegret(
  policy: BanditPolicy,
  game: Game,
  { rounds, random }: { readonly rounds: readonly number[]; readonly random: Random },
): readonly number[] {
  const marks: number[] = [];
  const last = Math.max(...rounds);
  let { empty: state } = policy;
  let lost = 0;
  for (let round = 1; round <= last; round++) {
    const context = game.context(random);
    const { arm } = policy.choose({ state, context, uniform: random() });
    const means = game.arms.map((_, i) => game.mean(i, context));
    const mean = means[game.arms.indexOf(arm)] ?? Number.NaN;
    state = policy.update(state, { arm, reward: game.reward(mean, random), context });
    lost += Math.max(...means) - mean;
    if (rounds.includes(round)) marks.push(lost);
  }
  return marks;
}
