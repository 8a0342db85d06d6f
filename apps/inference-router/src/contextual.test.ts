import { type BanditState, banditPolicy } from "@throughline/bandits";
import type { PredictResponse } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { BanditPolicy } from "@throughline/contracts/throughline/registry/v1/rollout_plan_pb";
import type { BanditRule } from "@throughline/rollouts";
import { valueToProto } from "@throughline/rpc";
import { seededRandom } from "@throughline/stats";
import { expect, test } from "vitest";
import { contextualBandit } from "./domain/contextual.ts";
import { rewardsToProto } from "./rpc/convert-evidence-part.ts";
import { platform } from "./testing-platform.ts";

const D = "projects/default/deployments/contextual";
const FLOOR = 500;

/** What two releases are worth in a context: the one is better in the morning, the other in the evening. */
const worth = (isSecond: boolean, hour: number): number => (isSecond ? hour / 24 : 1 - hour / 24);

/** What was learnt of a few answers of each. */
function learntOf([a, b]: readonly [string, string], rewards: number): BanditState {
  const bandit = banditPolicy({ arms: [a, b], policy: { kind: "linear_thompson", context: ["hour", "isLate"] } });
  const random = seededRandom(20261122);
  let state = bandit.empty;
  for (let i = 0; i < rewards; i++) {
    const [hour, isSecond] = [24 * random(), random() < 0.5];
    const reward = worth(isSecond, hour) + random() - 0.5;
    state = bandit.update(state, { arm: isSecond ? b : a, reward, context: [hour, i % 2] });
  }
  return state;
}

test("releases are chosen by the context of each request, with the probability that is told and logged", async () => {
  const on = await platform();
  let router = await on.start();
  const [a, b] = [on.registry.release(await on.model("answers_a")), on.registry.release(await on.model("answers_b"))];
  const learnt = learntOf([a, b], 30);
  const arms = [a, b].map((release) => ({ release, floorBasisPoints: FLOOR }));
  const contextFields = ["hour", "isLate"];
  const bandit = { policy: BanditPolicy.LINEAR_THOMPSON, reward: "reward", arms, contextFields };
  on.registry.rollOut(
    D,
    { [a]: 5_000, [b]: 5_000 },
    {
      name: `${D}/rollouts/1`,
      revision: 1n,
      candidate: b,
      baseline: a,
      strategy: Strategy.BANDIT,
      plan: { bandit },
      armRewards: rewardsToProto(learnt),
    },
  );
  await router.serving(D, [a, b]);
  const rule: BanditRule = {
    policy: "LINEAR_THOMPSON",
    epsilon: 0,
    reward: "reward",
    ...RULE_TIMES,
    arms,
    contextFields,
  };
  const wanted = contextualBandit(rule, learnt) ?? expect.unreachable();
  const random = seededRandom(7);
  const requests = Array.from({ length: 1_200 }, (_, i) => ({ hour: Math.floor(24 * random()), isLate: i % 3 === 0 }));
  const entityOf = ({ hour, isLate }: (typeof requests)[number]) => ({
    a: valueToProto(1),
    b: valueToProto(2),
    c: valueToProto(3),
    hour: valueToProto(BigInt(hour)),
    isLate: valueToProto(isLate),
  });
  const answers: PredictResponse[] = [];
  for (const it of requests) answers.push(await router.inference.predict({ deployment: D, entity: entityOf(it) }));
  const weighed = [0, 1].map(() => ({ ones: 0, worth: 0 }));
  answers.forEach(({ release, releasePropensity = Number.NaN }, i) => {
    const { hour = 0, isLate = false } = requests[i] ?? {};
    const shares = wanted.shares?.([hour, isLate ? 1 : 0]);
    expect(releasePropensity).toBe((shares?.get(release) ?? 0) / 10_000);
    expect(releasePropensity).toBeGreaterThanOrEqual(FLOOR / 10_000);
    const arm = weighed[release === b ? 1 : 0] ?? expect.unreachable();
    arm.ones += 1 / releasePropensity;
    arm.worth += worth(release === b, hour) / releasePropensity;
  });
  // Weighed by one over their propensities the answers of each release stand for all requests: within five standard errors at most.
  const bound = 5 * Math.sqrt(10_000 / FLOOR / requests.length);
  weighed.forEach((it, i) => {
    const mean = requests.reduce((sum, { hour }) => sum + worth(i === 1, hour), 0) / requests.length;
    expect(Math.abs(it.ones / requests.length - 1)).toBeLessThan(bound);
    expect(Math.abs(it.worth / requests.length - mean)).toBeLessThan(bound);
  });
  const chosenAt = (isEvening: boolean) =>
    answers.filter(({ release }, i) => (requests[i]?.hour ?? 0) >= 18 === isEvening && release === b).length;
  expect(chosenAt(true)).toBeGreaterThan(chosenAt(false) / 3);

  // A request with tensors says its context in parameters, and a caller with an id gets the same release again.
  const tensors = { name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } };
  const parameters = {
    hour: { parameterChoice: { case: "int64Param" as const, value: 23n } },
    isLate: { parameterChoice: { case: "boolParam" as const, value: true } },
  };
  const said = await router.open.modelInfer({ modelName: "contextual", inputs: [tensors], parameters });
  const own = `projects/default/releases/${said.modelVersion}`;
  expect(Number(said.parameters["release_propensity"]?.parameterChoice.value)).toBe(
    (wanted.shares?.([23, 1]).get(own) ?? 0) / 10_000,
  );

  await router.close();
  router = await on.start();
  await router.serving(D, [a, b]);
  for (const it of answers.filter((_, i) => i % 100 === 0)) {
    const { prediction } = await router.inference.getPrediction({ name: it.prediction });
    expect(prediction?.releasePropensity).toBe(it.releasePropensity);
  }
  await router.close();
});

test("the context of a request is logged before anything was learnt", async () => {
  const on = await platform();
  const router = await on.start();
  const [a, b] = [on.registry.release(await on.model("answers_a")), on.registry.release(await on.model("answers_b"))];
  const arms = [a, b].map((release) => ({ release, floorBasisPoints: FLOOR }));
  const bandit = { policy: BanditPolicy.LINEAR_THOMPSON, reward: "reward", arms, contextFields: ["hour"] };
  const rollout = { name: `${D}/rollouts/1`, revision: 1n, candidate: b, baseline: a, strategy: Strategy.BANDIT };
  on.registry.rollOut(D, { [a]: 5_000, [b]: 5_000 }, { ...rollout, plan: { bandit } });
  await router.serving(D, [a, b]);
  const tensors = { name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } };
  const parameters = { hour: { parameterChoice: { case: "int64Param" as const, value: 23n } } };
  const said = await router.open.modelInfer({ modelName: "contextual", inputs: [tensors], parameters });
  const name = String(said.parameters["prediction"]?.parameterChoice.value);
  const { prediction } = await router.inference.getPrediction({ name });
  expect(prediction?.entity).toEqual({ hour: valueToProto(23n) });
  expect(prediction?.releasePropensity).toBe(0.5);
  await router.close();
});

const RULE_TIMES = { labelDelayMs: 1_000, leastIntervalMs: 1_000 };
