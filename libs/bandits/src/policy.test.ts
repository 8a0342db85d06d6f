import { isDomainError } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BanditPolicy, banditPolicy } from "./policy.ts";
import { type BanditPolicyKind, type BanditSpec, banditProblems } from "./spec.ts";
import { type BanditReward, type BanditState, mergedStates, readBanditState } from "./state.ts";

const POLICIES: readonly BanditPolicyKind[] = [
  { kind: "epsilon_greedy", epsilon: 0.1 },
  { kind: "ucb1" },
  { kind: "thompson_bernoulli" },
  { kind: "thompson_gaussian" },
  { kind: "linear_thompson", context: ["x", "y"] },
];
const ARMS = ["a", "b", "c"] as const;
const specOf = (policy: BanditPolicyKind): BanditSpec => ({ arms: ARMS, policy });

/** Rewards that every policy can learn from. */
const givenFor = (policy: BanditPolicyKind): fc.Arbitrary<BanditReward> =>
  fc.record({
    arm: fc.constantFrom(...ARMS),
    reward: ["ucb1", "thompson_bernoulli"].includes(policy.kind)
      ? fc.constantFrom(0, 1)
      : fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    context:
      policy.kind === "linear_thompson"
        ? fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.double({ min: 900, max: 1_100, noNaN: true }))
        : fc.constant([]),
  });
const contextFor = (policy: BanditPolicyKind): readonly number[] =>
  policy.kind === "linear_thompson" ? [0.5, 1_000] : [];
const learned = (bandit: BanditPolicy, given: readonly BanditReward[]): BanditState =>
  given.reduce((state, it) => bandit.update(state, it), bandit.empty);
const reasonFrom = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return isDomainError(error) ? error.reason : String(error);
  }
};

describe.each(POLICIES.map((it) => [it.kind, it] as const))("%s", (_, policy) => {
  const bandit = banditPolicy(specOf(policy));
  const context = contextFor(policy);
  const given = givenFor(policy);

  test("knows the same after the same rewards in any order, and nothing of a reward that was taken away", () => {
    const reordered = fc
      .array(given, { maxLength: 20 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), given));
    fc.assert(
      fc.property(reordered, ([all, shuffled, mistake]) => {
        const state = learned(bandit, all);
        expect(learned(bandit, shuffled)).toEqual(state);
        expect(bandit.remove(learned(bandit, [mistake, ...all]), mistake)).toEqual(state);
      }),
      { numRuns: 50 },
    );
  });

  test("gives probabilities that add up to 1 and keep the floors, and draws by them", () => {
    const floors = { a: 0.05, c: 0.2 };
    const floored = banditPolicy({ ...specOf(policy), floors });
    fc.assert(
      fc.property(
        fc.array(given, { maxLength: 15 }),
        fc.double({ min: 0, max: 1, maxExcluded: true }),
        (all, uniform) => {
          const state = learned(floored, all);
          const found = floored.probabilities({ state, context });
          expect(found.reduce((sum, it) => sum + it, 0)).toBeCloseTo(1, 12);
          expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
          expect(found[0]).toBeGreaterThanOrEqual(floors.a);
          expect(found[2]).toBeGreaterThanOrEqual(floors.c);
          const { arm, propensity } = floored.choose({ state, context, uniform });
          expect(propensity).toBe(found[ARMS.indexOf(arm as "a")]);
          expect(propensity).toBeGreaterThan(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("chooses each arm as often as its propensity says", () => {
    const random = seededRandom(7);
    const state = learned(bandit, fc.sample(given, { numRuns: 12, seed: 3 }));
    const wanted = bandit.probabilities({ state, context });
    const counts = new Map<string, number>();
    // Only what depends on a context is computed for each draw.
    const draws = context.length > 0 ? 2_000 : 20_000;
    for (let i = 0; i < draws; i++) {
      const { arm } = bandit.choose({ state, context, uniform: random() });
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
    }
    for (const [i, arm] of ARMS.entries()) {
      const p = wanted[i] ?? 0;
      // Five standard errors.
      expect(Math.abs((counts.get(arm) ?? 0) / draws - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / draws));
    }
  });

  test("starts without a preference, and its state survives being kept as JSON", () => {
    for (const it of bandit.probabilities({ state: bandit.empty, context })) expect(it).toBeCloseTo(1 / 3, 12);
    const state = learned(bandit, fc.sample(given, { numRuns: 30, seed: 11 }));
    const kept = readBanditState(specOf(policy), JSON.parse(JSON.stringify(state)));
    expect(kept).toEqual(state);
    expect(bandit.probabilities({ state: kept, context })).toEqual(bandit.probabilities({ state, context }));
  });

  test("refuses rewards that it cannot learn from, unknown arms, and to take away what it never had", () => {
    const state = bandit.empty;
    const fitting = { arm: "a", reward: 1, context };
    expect(reasonFrom(() => bandit.update(state, { ...fitting, reward: Number.NaN }))).toBe("BANDIT_REWARD_INVALID");
    expect(reasonFrom(() => bandit.update(state, { ...fitting, arm: "d" }))).toBe("BANDIT_ARM_UNKNOWN");
    expect(reasonFrom(() => bandit.update(state, { ...fitting, context: [1] }))).toBe("BANDIT_CONTEXT_INVALID");
    expect(reasonFrom(() => bandit.remove(state, fitting))).toBe("BANDIT_REWARD_UNKNOWN");
    expect(reasonFrom(() => readBanditState(specOf(policy), { arms: { a: [[1]] } }))).toBe("BANDIT_STATE_INVALID");
    expect(reasonFrom(() => readBanditState(specOf(policy), "none"))).toBe("BANDIT_STATE_INVALID");
  });
});

test.each(["thompson_gaussian", "linear_thompson"] as const)(
  "%s chooses alike whatever the unit and zero point of rewards and features",
  (kind) => {
    const policy: BanditPolicyKind = kind === "linear_thompson" ? { kind, context: ["x", "y"] } : { kind };
    const bandit = banditPolicy(specOf(policy));
    const given = fc.sample(givenFor(policy), { numRuns: 25, seed: 5 });
    const moved = given.map((it) => ({
      ...it,
      reward: it.reward * 64 + 4_096,
      context: (it.context ?? []).map((value, i) => (i === 0 ? value * 1_024 : value - 900)),
    }));
    const context = contextFor(policy);
    const movedContext = context.map((value, i) => (i === 0 ? value * 1_024 : value - 900));
    const found = bandit.probabilities({ state: learned(bandit, given), context });
    const other = bandit.probabilities({ state: learned(bandit, moved), context: movedContext });
    for (const [i, it] of found.entries()) expect(other[i]).toBeCloseTo(it, 7);
  },
);

test("a million rewards of a third of each arm leave an even choice, and one more success tips it a little", () => {
  const bandit = banditPolicy(specOf({ kind: "thompson_bernoulli" }));
  const arm = [[1_000_000], [333_333], [333_333]];
  const state = { arms: { a: arm, b: arm, c: arm } };
  for (const it of bandit.probabilities({ state })) expect(it).toBeCloseTo(1 / 3, 9);
  const [a = 0, b = 0] = bandit.probabilities({ state: bandit.update(state, { arm: "a", reward: 1 }) });
  expect(a - b).toBeGreaterThan(1e-4);
  expect(a - b).toBeLessThan(0.01);
});

test("rewards that are all the same leave arms of the same mean equally likely", () => {
  const bandit = banditPolicy(specOf({ kind: "thompson_gaussian" }));
  const state = learned(
    bandit,
    ARMS.map((arm) => ({ arm, reward: 0.1 })),
  );
  for (const it of bandit.probabilities({ state })) expect(it).toBeCloseTo(1 / 3, 12);
});

test("a declaration is refused with everything that is wrong with it", () => {
  const wrong: BanditSpec = {
    arms: ["a", "a"],
    policy: { kind: "linear_thompson", context: ["x", "x"] },
    floors: { a: 0.7, b: 1.5 },
  };
  expect(banditProblems(wrong).map((it) => it.path)).toEqual([
    "arms[1]",
    "floors.b",
    "floors.b",
    "floors",
    "policy.context[1]",
  ]);
  expect(reasonFrom(() => banditPolicy(wrong))).toBe("BANDIT_INVALID");
  expect(banditProblems({ arms: ["a"], policy: { kind: "epsilon_greedy", epsilon: 2 } }).map((it) => it.path)).toEqual([
    "arms",
    "policy.epsilon",
  ]);
});

test("states of two places merge into that of one which had all rewards, to the last digit", () => {
  const policy = banditPolicy({ arms: ["a", "b"], policy: { kind: "thompson_gaussian" } });
  const anyReward = fc.record({
    arm: fc.constantFrom("a", "b"),
    reward: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(anyReward, { maxLength: 30 }), fc.nat(30), (rewards, at) => {
      const learnt = (given: typeof rewards) => given.reduce((state, it) => policy.update(state, it), policy.empty);
      expect(mergedStates(learnt(rewards.slice(0, at)), learnt(rewards.slice(at)))).toEqual(learnt(rewards));
    }),
  );
});
