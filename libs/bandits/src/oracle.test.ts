import { readFileSync } from "node:fs";
import { momentsOf, seededRandom } from "@throughline/stats";
import { describe, expect, test } from "vitest";
import { banditPolicy } from "./policy.ts";
import { contests } from "./simulation/games.ts";
import { playedRegret } from "./simulation/regret.ts";
import type { BanditPolicyKind } from "./spec.ts";
import type { BanditReward } from "./state.ts";

type Case =
  | {
      readonly kind: "thompson_bernoulli";
      readonly counts: readonly (readonly [number, number])[];
      readonly probabilities: readonly number[];
    }
  | {
      readonly kind: "thompson_gaussian";
      readonly rewards: readonly (readonly number[])[];
      readonly probabilities: readonly number[];
    }
  | {
      readonly kind: "linear_thompson";
      readonly rows: readonly (readonly [number, readonly number[], number])[];
      readonly contexts: readonly (readonly number[])[];
      readonly probabilities: readonly (readonly number[])[];
    };

/** Made by fixtures/oracle.py from SciPy. */
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../fixtures/oracle.json", import.meta.url), "utf8"),
).probabilities;

/** Largest difference from SciPy's adaptive quadrature. */
const TOLERANCE = 1e-8;

function givenTo(policy: BanditPolicyKind, arms: number, given: readonly BanditReward[]) {
  const bandit = banditPolicy({ arms: Array.from({ length: arms }, (_, i) => String(i)), policy });
  return { bandit, state: given.reduce((state, it) => bandit.update(state, it), bandit.empty) };
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  expect(Math.max(...found.map((it, i) => Math.abs(it - (wanted[i] ?? Number.NaN))))).toBeLessThan(TOLERANCE);
}

describe("the probability of an arm to be the best is what SciPy integrates", () => {
  test.each(cases.map((it, i) => [`${it.kind} ${i}`, it] as const))("%s", (_, it) => {
    if (it.kind === "thompson_bernoulli") {
      const given = it.counts.flatMap(([successes, n], arm) =>
        Array.from({ length: n }, (_, i) => ({ arm: String(arm), reward: i < successes ? 1 : 0 })),
      );
      const { bandit, state } = givenTo({ kind: it.kind }, it.counts.length, given);
      expectNear(bandit.probabilities({ state }), it.probabilities);
    } else if (it.kind === "thompson_gaussian") {
      const given = it.rewards.flatMap((rewards, arm) => rewards.map((reward) => ({ arm: String(arm), reward })));
      const { bandit, state } = givenTo({ kind: it.kind }, it.rewards.length, given);
      expectNear(bandit.probabilities({ state }), it.probabilities);
    } else {
      const given = it.rows.map(([arm, context, reward]) => ({ arm: String(arm), context, reward }));
      const { bandit, state } = givenTo({ kind: it.kind, context: ["near", "far"] }, 3, given);
      for (const [i, context] of it.contexts.entries())
        expectNear(bandit.probabilities({ state, context }), it.probabilities[i] ?? []);
    }
  });
});

// `npm run sweep -- bandits` plays 200 seeds to the end, where the bound is 1.1.
test.each(contests().map((it) => [it.name, it] as const))(
  "%s loses no more than the reference does, within chance",
  (_, { policy, player, game, reference }) => {
    const [early] = reference;
    const bandit = banditPolicy({ arms: game.arms, policy });
    const runs = Array.from({ length: 6 }, (_, i) =>
      playedRegret(player(bandit), game, { rounds: [early?.rounds ?? 0], random: seededRandom(100 + i) }),
    );
    const { mean, m2, count } = momentsOf(runs.map((it) => it[0] ?? Number.NaN));
    const standardError = Math.hypot(Math.sqrt(m2 / count / (count - 1)), early?.standardError ?? 0);
    expect(mean).toBeLessThan(1.1 * (early?.mean ?? 0) + 3 * standardError);
  },
);
