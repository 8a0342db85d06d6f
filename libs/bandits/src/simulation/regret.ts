import type { Random } from "@throughline/stats";
import type { BanditPolicy } from "../policy.ts";
import { CONTEXT_GRAIN, hasGrown, wholeShares } from "../shares.ts";
import type { BanditReward } from "../state.ts";

/** Arms to play with: what a context and an arm are worth on average, and what they give. */
export interface Game {
  readonly arms: readonly string[];
  /** The next context. Empty for games without. */
  readonly context: (random: Random) => readonly number[];
  /** The mean reward of an arm, by its place. */
  readonly mean: (arm: number, context: readonly number[]) => number;
  readonly reward: (mean: number, random: Random) => number;
}

/** Who plays. */
export interface Player {
  choose(context: readonly number[], uniform: number): string;
  learn(given: BanditReward): void;
}

/** Plays as the bandit of a graph does: every reward is learnt before the next choice. */
export function graphPlayer(policy: BanditPolicy): Player {
  let { empty: state } = policy;
  return {
    choose: (context, uniform) => policy.choose({ state, context, uniform }).arm,
    learn(given) {
      state = policy.update(state, given);
    },
  };
}

/**
 * Plays as a rollout with a context does: each request has shares of its own, in whole steps, and what was learnt counts once there is
 * enough of it.
 */
export function rolloutPlayer(policy: BanditPolicy, { arms }: Game, floors: readonly number[]): Player {
  let [told, state] = [policy.empty, policy.empty];
  return {
    choose(context, uniform) {
      const shares = wholeShares(policy.probabilities({ state: told, context }), { floors, grain: CONTEXT_GRAIN });
      let left = Math.floor(uniform * 10_000);
      const at = shares.findIndex((it) => {
        left -= it;
        return left < 0;
      });
      return arms[at] ?? "";
    },
    learn(given) {
      state = policy.update(state, given);
      if (hasGrown(told, state)) told = state;
    },
  };
}

/**
 * Lets somebody play, and gives what was lost against the best arm after so many rounds: the sum of the differences of mean rewards. Every
 * choice is drawn by `random`, and so are rewards.
 */
export function playedRegret(
  player: Player,
  game: Game,
  { rounds, random }: { readonly rounds: readonly number[]; readonly random: Random },
): readonly number[] {
  const marks: number[] = [];
  const last = Math.max(...rounds);
  let lost = 0;
  for (let round = 1; round <= last; round++) {
    const context = game.context(random);
    const arm = player.choose(context, random());
    const means = game.arms.map((_, i) => game.mean(i, context));
    const mean = means[game.arms.indexOf(arm)] ?? Number.NaN;
    player.learn({ arm, reward: game.reward(mean, random), context });
    lost += Math.max(...means) - mean;
    if (rounds.includes(round)) marks.push(lost);
  }
  return marks;
}
