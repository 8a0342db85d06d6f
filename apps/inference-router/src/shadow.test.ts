import { join } from "node:path";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { systemClock, timeOrderedIds } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { expect, test } from "vitest";
import type { Shadow } from "./domain/prediction.ts";
import { openPredictionLog } from "./log/open-log.ts";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

const PATIENCE = { timeout: 120_000, interval: 10 };

const entity = (a: number) => ({ a: valueToProto(a), b: valueToProto(2), c: valueToProto(3) });

/** A platform with one deployment, whose release is shadowed by that of another model. */
async function shadowed(model: string, limits: Parameters<Platform["start"]>[0] = {}, mirrorBasisPoints = 10_000) {
  const on = await platform();
  const router = await on.start(limits);
  const name = "projects/default/deployments/shadowed";
  const serving = on.registry.release(await on.model("answers_a"));
  const candidate = on.registry.release(await on.model(model));
  const rollout = { name: `${name}/rollouts/1`, strategy: Strategy.SHADOW, candidate, plan: { mirrorBasisPoints } };
  on.registry.rollOut(name, { [serving]: 10_000, [candidate]: 0 }, rollout);
  await router.serving(name, [serving, candidate]);
  return { on, router, name, serving, candidate };
}

const mirrorOf = async (router: Router, deployment: string) =>
  (await router.inference.getDeploymentMetrics({ deployment })).mirror;

/** What the log has, once the router is closed. */
async function shadowsIn(on: Platform, deployment: string): Promise<readonly Shadow[]> {
  const newId = timeOrderedIds(systemClock);
  const sizes = { segmentBytesMax: 1 << 20, pendingBytesMax: 1 << 20 };
  const log = await openPredictionLog({ dir: join(on.dir, "log", "predictions"), newId, sync: false, ...sizes });
  try {
    return await Array.fromAsync(log.shadows(deployment));
  } finally {
    await log.close();
  }
}

test("a shadow answers every request beside the answer, under its prediction, and counts with nothing that serves", async () => {
  const { on, router, name, serving, candidate } = await shadowed("answers_b");
  const answers = [];
  for (let i = 0; i < 20; i++)
    answers.push(await router.inference.predict({ deployment: name, entity: entity(i % 15), requestId: `r${i % 15}` }));
  expect(new Set(answers.map((it) => it.release))).toEqual(new Set([serving]));
  // Retries were answered from the log, so there are 15 predictions.
  await expect.poll(async () => (await mirrorOf(router, name))?.answeredCount, PATIENCE).toBe(15n);
  expect(await mirrorOf(router, name)).toMatchObject({ failedCount: 0n, droppedCount: 0n });
  const { releases } = await router.inference.getDeploymentMetrics({ deployment: name });
  expect(releases.map((it) => [it.release, it.predictionCount])).toEqual([[serving, 15n]]);
  await router.close();
  const shadows = await shadowsIn(on, name);
  const ids = new Set(answers.map((it) => it.prediction.split("/").at(-1)));
  expect(new Set(shadows.map((it) => it.primary))).toEqual(ids);
  expect(shadows.length).toBe(15);
  for (const it of shadows) expect(it).toMatchObject({ facts: { release: candidate }, node: "", failure: "" });
  // The two models answer with different constants.
  expect(answers[0]?.score).toBe(0.25);
  expect(shadows[0]?.scores).toEqual([0.75]);
});

test("a shadow that never ends holds up no answer: what does not fit is left out, and the rest fails by its deadline", async () => {
  const limits = { mirrorsWorkingMax: 2, mirrorsWaitingMax: 3, mirrorMsMax: 5_000 };
  const { on, router, name } = await shadowed("endless_loop", limits);
  const order: string[] = [];
  const hanging = expect
    .poll(async () => (await mirrorOf(router, name))?.failedCount ?? 0n, PATIENCE)
    .toBeGreaterThan(0n)
    .then(() => order.push("the first shadow gave up"));
  // The loop is endless for features above 100. The answers are all there before the first shadow is.
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => router.inference.predict({ deployment: name, entity: entity(200) })),
  );
  order.push("all answers");
  expect(answers.map((it) => it.score)).toEqual(Array(30).fill(0.25));
  await hanging;
  expect(order).toEqual(["all answers", "the first shadow gave up"]);
  const counts = await mirrorOf(router, name);
  expect(counts?.droppedCount).toBeGreaterThanOrEqual(25n);
  await expect
    .poll(async () => {
      const { answeredCount = 0n, failedCount = 0n, droppedCount = 0n } = (await mirrorOf(router, name)) ?? {};
      return answeredCount + failedCount + droppedCount;
    }, PATIENCE)
    .toBe(30n);
  expect(await router.inference.predict({ deployment: name, entity: entity(1) })).toMatchObject({ score: 0.25 });
  await router.close();
  for (const it of await shadowsIn(on, name)) expect([it.failure === "", it.scores.length]).not.toEqual([true, 0]);
});

test("a share of the requests is mirrored, and none once the rollout is over", async () => {
  const { on, router, name, serving, candidate } = await shadowed("answers_b", {}, 3_000);
  const predict = () => router.inference.predict({ deployment: name, entity: entity(1) });
  await Promise.all(Array.from({ length: 200 }, predict));
  const mirrored = async () => Number((await mirrorOf(router, name))?.answeredCount ?? 0n);
  // Five standard deviations around 60. Closing leaves out what still waits.
  await expect.poll(mirrored, PATIENCE).toBeGreaterThan(27);
  on.registry.deploy(name, { [serving]: 10_000 });
  await router.serving(name, [serving]);
  expect(await mirrored()).toBeLessThan(93);
  await router.close();
  const before = (await shadowsIn(on, name)).length;
  expect(before).toBeGreaterThan(27);
  expect(before).toBeLessThan(93);
  const again = await on.start();
  await again.serving(name, [serving]);
  await Promise.all(Array.from({ length: 50 }, () => again.inference.predict({ deployment: name, entity: entity(1) })));
  expect(await mirrorOf(again, name)).toBeUndefined();
  await again.close();
  expect((await shadowsIn(on, name)).length).toBe(before);
  expect((await shadowsIn(on, name)).every((it) => it.facts.release === candidate)).toBe(true);
});

test("a row of tensors is mirrored too, under the name that the candidate has for its input", async () => {
  const on = await platform();
  const router = await on.start();
  const name = "projects/default/deployments/tensors";
  const serving = on.registry.release(await on.model("answers_a"), { features: false });
  const options = { features: false, output: "probabilities", column: 1 };
  const candidate = on.registry.release(await on.model("logistic3"), options);
  const rollout = {
    name: `${name}/rollouts/1`,
    strategy: Strategy.SHADOW,
    candidate,
    plan: { mirrorBasisPoints: 10_000 },
  };
  on.registry.rollOut(name, { [serving]: 10_000, [candidate]: 0 }, rollout);
  await router.serving(name, [serving, candidate]);
  const input = { name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } };
  const response = await router.open.modelInfer({ modelName: "default/tensors", inputs: [input] });
  expect(response.parameters["release"]?.parameterChoice.value).toBe(serving);
  await expect.poll(async () => (await mirrorOf(router, name))?.answeredCount, PATIENCE).toBe(1n);
  await router.close();
  const [shadow] = await shadowsIn(on, name);
  expect(shadow?.primary).toBe(String(response.parameters["prediction"]?.parameterChoice.value).split("/").at(-1));
  expect(shadow?.scores[0]).toBeCloseTo(1 / (1 + Math.exp(-(0.1 + 0.5 - 2 + 6))), 5);
});
