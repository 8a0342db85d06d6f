import { ArmPolicy } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { beforeAll, describe, expect, test } from "vitest";
import type { StoredBandit } from "./domain/bandit-memory.ts";
import { ABC, type Graphs, graphs, model, type Node } from "./testing-graphs.ts";
import { platform } from "./testing-platform.ts";

let on: Graphs;
beforeAll(async () => {
  on = await graphs(await platform());
});

describe("a bandit node", () => {
  const arms = (policy: ArmPolicy, more: Record<string, unknown> = {}): Node => ({
    name: "pick",
    kind: {
      case: "bandit",
      value: {
        arms: [
          { node: "first", floorBasisPoints: 1_000 },
          { node: "second", floorBasisPoints: 1_000 },
        ],
        policy,
        ...more,
      },
    },
  });
  const nodes = (policy: ArmPolicy, more: Record<string, unknown> = {}): Node[] => [
    model("first"),
    model("second"),
    arms(policy, more),
  ];
  const uses = { first: "answers_a", second: "answers_b" };
  const send = (deployment: string, feedback: readonly { readonly prediction: string; readonly actual: number }[]) =>
    on.router().inference.sendFeedback({ deployment, feedback: [...feedback] });
  const propensityOf = async (deployment: string, branch: string): Promise<number> => {
    for (let i = 0; ; i++) {
      const [choice] = (await on.ask(deployment, ABC, `probe ${branch} ${i}`)).choices;
      if (choice?.branch === branch) return choice.propensity;
    }
  };

  test("learns from feedback which arm is best, within the floors, and logs what it chose with which probability", async () => {
    const deployment = await on.serve(nodes(ArmPolicy.THOMPSON_BERNOULLI, { reward: "actual" }), "pick", uses);
    const first = await on.ask(deployment, ABC, "the first");
    expect(first.choices[0]?.propensity).toBeCloseTo(0.5, 6);
    expect(await on.ask(deployment, ABC, "the first")).toEqual(first);
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => on.ask(deployment, ABC, `${round} ${i}`)));
      await send(
        deployment,
        answers.map((it) => ({ prediction: it.prediction, actual: it.choices[0]?.branch === "second" ? 1 : 0 })),
      );
    }
    const last = await Promise.all(Array.from({ length: 60 }, (_, i) => on.ask(deployment, ABC, `last ${i}`)));
    expect(last.filter((it) => it.score === 0.75).length).toBeGreaterThan(40);
    for (const it of last) {
      const [choice] = it.choices;
      expect(it.path).toEqual([choice?.branch, "pick"]);
      expect(choice?.propensity).toBeCloseTo(choice?.branch === "second" ? 0.9 : 0.1, 2);
      expect(choice?.propensity).toBeGreaterThanOrEqual(0.1);
    }
    const { prediction } = await on.router().inference.getPrediction({ name: last[0]?.prediction ?? "" });
    expect(prediction?.choices).toEqual(last[0]?.choices);
  });

  test("counts a reward once, takes a corrected one out, and ignores one that its policy cannot learn from", async () => {
    const reward = "actual > 0.0 ? actual : 0.0";
    const corrected = await on.serve(nodes(ArmPolicy.THOMPSON_BERNOULLI, { reward }), "pick", uses);
    // The same release chooses alike for the same requests, as long as it has learnt nothing.
    const plain = `${corrected}-too`;
    const { release } = await on.ask(corrected);
    on.on.registry.deploy(plain, { [release]: 10_000 });
    await on.router().serving(plain, [release]);
    const learnt = async (deployment: string, wrong: readonly number[]): Promise<void> => {
      const answers = [];
      for (let i = 0; i < 12; i++) answers.push(await on.ask(deployment, ABC, `reward ${i}`));
      const right = answers.map((it, i) => ({ prediction: it.prediction, actual: i % 3 === 0 ? 1 : 0 }));
      for (const actual of wrong)
        await send(
          deployment,
          right.map((it) => ({ ...it, actual })),
        );
      await send(deployment, right);
      await send(deployment, right);
    };
    await learnt(corrected, [1, 0, 0.5, -3]);
    await learnt(plain, []);
    const [a, b] = await Promise.all([on.on.bandits(corrected), on.on.bandits(plain)]);
    expect(rewardsOf(a)).toBe(12);
    expect(rewardsOf(b)).toBe(12);
    expect(a[0]?.state).toEqual(b[0]?.state);
  });

  test("reads its context from the row, and learns by it", async () => {
    const more = { contextFeatures: ["a"], reward: "actual" };
    const deployment = await on.serve(nodes(ArmPolicy.LINEAR_THOMPSON, more), "pick", uses);
    for (let round = 0; round < 5; round++) {
      const sent = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const a = i % 2 === 0 ? 1 : -1;
          const answer = await on.ask(deployment, { ...ABC, a }, `${round} ${i}`);
          return { prediction: answer.prediction, actual: answer.choices[0]?.branch === "second" ? a : -a };
        }),
      );
      await send(deployment, sent);
    }
    const chosen = async (a: number): Promise<number> => {
      const asked = Array.from({ length: 40 }, (_, i) => on.ask(deployment, { ...ABC, a }, `then ${a} ${i}`));
      return (await Promise.all(asked)).filter((it) => it.choices[0]?.branch === "second").length;
    };
    expect(await chosen(1)).toBeGreaterThan(28);
    expect(await chosen(-1)).toBeLessThan(12);
  });

  test("knows after a restart what it knew before, also when feedback comes first", async () => {
    const deployment = await on.serve(nodes(ArmPolicy.EPSILON_GREEDY, { epsilon: 0 }), "pick", uses);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => on.ask(deployment, ABC, `before ${i}`)));
    const feedback = answers.map((it) => ({
      prediction: it.prediction,
      actual: it.choices[0]?.branch === "second" ? 1 : 0,
    }));
    await send(deployment, feedback.slice(0, 10));
    await on.restart();
    await send(deployment, feedback.slice(10));
    await on.router().serving(deployment, [answers[0]?.release ?? ""]);
    expect(await propensityOf(deployment, "second")).toBeCloseTo(0.9, 6);
    expect(await propensityOf(deployment, "first")).toBeCloseTo(0.1, 6);
  });
});

/** The number of rewards that a bandit has counted, over its arms. */
const rewardsOf = ([bandit]: readonly StoredBandit[]): number =>
  Object.values(bandit?.state.arms ?? {}).reduce(
    (sum, arm) => sum + (arm[0] ?? []).reduce((all, it) => all + it, 0),
    0,
  );
