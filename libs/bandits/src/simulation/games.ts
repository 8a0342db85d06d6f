import { readFileSync } from "node:fs";
import { normalQuantile } from "@throughline/stats";
import type { BanditPolicy } from "../policy.ts";
import type { BanditPolicyKind } from "../spec.ts";
import { type Game, graphPlayer, type Player, rolloutPlayer } from "./regret.ts";

/** Regret of a reference implementation after some rounds, over seeds. */
export interface ReferenceRegret {
  readonly rounds: number;
  readonly seeds: number;
  readonly mean: number;
  readonly standardError: number;
}

/** A policy at a game, with what the reference lost there. */
export interface Contest {
  readonly name: string;
  readonly player: (policy: BanditPolicy) => Player;
  readonly policy: BanditPolicyKind;
  readonly game: Game;
  readonly reference: readonly ReferenceRegret[];
}

interface Regrets {
  readonly bernoulli: readonly number[];
  readonly gaussian: { readonly means: readonly number[]; readonly deviation: number };
  readonly linear: { readonly theta: readonly (readonly number[])[]; readonly deviation: number };
  readonly found: Readonly<Record<BanditPolicyKind["kind"], readonly ReferenceRegret[]>>;
}

/** What fixtures/oracle.py found. */
const regrets: Regrets = JSON.parse(
  readFileSync(new URL("../../fixtures/oracle.json", import.meta.url), "utf8"),
).regrets;

/** Every policy at the game that the reference played. */
export function contests(): readonly Contest[] {
  const { bernoulli, gaussian, linear, found } = regrets;
  const clicks: Game = {
    arms: bernoulli.map((_, i) => `arm${i}`),
    context: () => [],
    mean: (arm) => bernoulli[arm] ?? 0,
    reward: (mean, random) => (random() < mean ? 1 : 0),
  };
  const amounts: Game = {
    ...clicks,
    mean: (arm) => gaussian.means[arm] ?? 0,
    reward: (mean, random) => mean + gaussian.deviation * normal(random()),
  };
  const features: Game = {
    arms: linear.theta.map((_, i) => `arm${i}`),
    context: (random) => [normal(random()), normal(random()), normal(random())],
    mean: (arm, context) => [1, ...context].reduce((sum, it, i) => sum + it * (linear.theta[arm]?.[i] ?? 0), 0),
    reward: (mean, random) => mean + linear.deviation * normal(random()),
  };
  const contest = (policy: BanditPolicyKind, game: Game): Contest => ({
    name: policy.kind,
    player: graphPlayer,
    policy,
    game,
    reference: found[policy.kind],
  });
  const contextual = contest({ kind: "linear_thompson", context: ["x", "y", "z"] }, features);
  return [
    contest({ kind: "epsilon_greedy", epsilon: 0.1 }, clicks),
    contest({ kind: "ucb1" }, clicks),
    contest({ kind: "thompson_bernoulli" }, clicks),
    contest({ kind: "thompson_gaussian" }, amounts),
    contextual,
    {
      ...contextual,
      name: "linear, rollout",
      player: (policy) => rolloutPlayer(policy, features, [1, 1, 1]),
    },
  ];
}

/** A standard normal number of a uniform one. */
const normal = (uniform: number): number => normalQuantile((uniform * 4_294_967_296 + 0.5) / 4_294_967_296);
