import { PredictionStatus } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { Strategy } from "@throughline/contracts/throughline/registry/v1/deployment_pb";
import { rowDigest } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

let on: Platform;
let router: Router;
const PATIENCE = { timeout: 120_000, interval: 20 };
const nameOf = (id: string): string => `projects/default/deployments/${id}`;

beforeAll(async () => {
  on = await platform();
  router = await on.start();
});

const stringParam = (value: string) => ({ parameterChoice: { case: "stringParam" as const, value } });
const singles = (rows: readonly (readonly number[])[]) => ({
  inputs: [{ name: "input", datatype: "FP32", shape: [BigInt(rows.length), BigInt(rows[0]?.length ?? 0)] }],
  rawInputContents: [new Uint8Array(new Float32Array(rows.flat()).buffer)],
});
type Answer = Awaited<ReturnType<Router["open"]["modelInfer"]>>;
const said = (answer: Answer, name: string): string => String(answer.parameters[name]?.parameterChoice.value);
const listed = (answer: Answer, name: string): string[] => JSON.parse(said(answer, name));

describe("several rows of tensors", () => {
  test("are a prediction each: in the log, in the metrics, and open to feedback", async () => {
    const release = on.registry.release(await on.model("logistic3"), { output: "probabilities", column: 1 });
    on.registry.deploy(nameOf("rows"), { [release]: 10_000 });
    await router.serving(nameOf("rows"), [release]);
    const rows = [
      [1, 2, 3],
      [0.5, 0, -1],
      [0, 0, 0],
    ];
    const answer = await router.open.modelInfer({ modelName: "rows", ...singles(rows) });
    expect(answer.parameters["prediction"]).toBeUndefined();
    const names = listed(answer, "predictions");
    const logged = await Promise.all(names.map((name) => router.inference.getPrediction({ name })));
    const given = new Float32Array(Uint8Array.from(answer.rawOutputContents[0] ?? []).buffer);
    expect(logged.map((it) => it.prediction?.score)).toEqual([given[1], given[3], given[5]]);
    expect(logged.map((it) => it.prediction?.vector?.rowDigest)).toEqual(rows.map((it) => rowDigest(it)));
    expect(logged.map(({ prediction }) => positionOf(prediction?.logPosition))).toEqual(
      listed(answer, "log_positions"),
    );
    const feedback = names.map((prediction) => ({ prediction, actual: 1 }));
    expect(await router.inference.sendFeedback({ deployment: nameOf("rows"), feedback })).toMatchObject({
      newCount: 3,
    });
    const { releases } = await router.inference.getDeploymentMetrics({ deployment: nameOf("rows") });
    expect(releases).toMatchObject([{ release, predictionCount: 3n, feedbackCount: 3n, loggedCount: 3n }]);
  });

  test("are refused where they are too many to be told one by one, and an empty request is no prediction", async () => {
    const many = singles(Array.from({ length: 4_097 }, () => [1, 2, 3]));
    const refused = await router.open
      .modelInfer({ modelName: "rows", ...many })
      .catch((error: unknown) => reasonOf(error));
    expect(refused).toBe("TOO_MANY_ROWS");
    // That is the caller's mistake, whichever release is asked.
    const { releases } = await router.inference.getDeploymentMetrics({ deployment: nameOf("rows") });
    expect(releases.map((it) => it.errorCount)).toEqual([0n]);
    const empty = {
      inputs: [{ name: "input", datatype: "FP32", shape: [0n, 3n] }],
      rawInputContents: [new Uint8Array()],
    };
    const answer = await router.open
      .modelInfer({ modelName: "rows", ...empty })
      .catch((error: unknown) => reasonOf(error));
    if (typeof answer === "object") expect(answer.parameters["predictions"]).toBeUndefined();
  });

  test("are mirrored to a shadow one by one", async () => {
    const serving = on.registry.release(await on.model("answers_a"), { features: false });
    const candidate = on.registry.release(await on.model("logistic3"), {
      features: false,
      output: "probabilities",
      column: 1,
    });
    const plan = { mirrorBasisPoints: 10_000 };
    const rollout = { name: `${nameOf("mirrored")}/rollouts/1`, strategy: Strategy.SHADOW, candidate, plan };
    on.registry.rollOut(nameOf("mirrored"), { [serving]: 10_000, [candidate]: 0 }, rollout);
    await router.serving(nameOf("mirrored"), [serving, candidate]);
    const answer = await router.open.modelInfer({
      modelName: "mirrored",
      ...singles([
        [1, 2, 3],
        [0, 0, 0],
      ]),
    });
    const shadows = async () =>
      (await router.inference.listShadowPredictions({ parent: nameOf("mirrored") })).shadowPredictions;
    await expect.poll(async () => (await shadows()).length, PATIENCE).toBe(2);
    const scores = new Map((await shadows()).map((it) => [it.prediction, it.scores[0]]));
    const expected = [0.1 + 0.5 - 2 + 6, 0.1].map((it) => 1 / (1 + Math.exp(-it)));
    listed(answer, "predictions").forEach((name, i) => {
      expect(scores.get(name)).toBeCloseTo(expected[i] ?? 0, 5);
    });
  });

  test("stay with one release by the sticky key among their parameters, and are logged under it", async () => {
    const [a, b] = [
      on.registry.release(await on.model("answers_a"), { features: false }),
      on.registry.release(await on.model("answers_b"), { features: false }),
    ];
    on.registry.deploy(nameOf("sticky"), { [a]: 5_000, [b]: 5_000 }, "user");
    await router.serving(nameOf("sticky"), [a, b]);
    const ask = (parameters: NonNullable<Parameters<Router["open"]["modelInfer"]>[0]["parameters"]>) =>
      router.open.modelInfer({ modelName: "sticky", parameters, ...singles([[1, 2, 3]]) });
    const releasesOf = async (user: string) => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ user: stringParam(user) })));
      return new Set(answers.map((it) => said(it, "release")));
    };
    const found = await Promise.all(Array.from({ length: 20 }, (_, i) => releasesOf(`user ${i}`)));
    expect(found.every((it) => it.size === 1)).toBe(true);
    expect(new Set(found.flatMap((it) => [...it]))).toEqual(new Set([a, b]));
    const numbered = await ask({ user: { parameterChoice: { case: "int64Param", value: 7n } } });
    const { prediction } = await router.inference.getPrediction({ name: said(numbered, "prediction") });
    expect(prediction?.entity).toMatchObject({ user: { kind: { case: "int64Value", value: 7n } } });
  });
});

test("rows that a model gives no score for are answered and logged, and count as failures of its release", async () => {
  const release = on.registry.release(await on.model("not_a_number"), { features: false });
  on.registry.deploy(nameOf("unscored"), { [release]: 10_000 }, "user");
  await router.serving(nameOf("unscored"), [release]);
  const ask = (rows: readonly (readonly number[])[]) =>
    router.open.modelInfer({
      modelName: "unscored",
      parameters: { user: stringParam("ada") },
      ...singles(rows),
    });
  // What is divided by a sum of zeros is no number.
  const one = await ask([[0, 0, 0]]);
  expect(said(one, "status")).toBe("NO_SCORE");
  const two = await ask([
    [0, 0, 0],
    [4, 5, 6],
  ]);
  expect(JSON.parse(said(two, "rows"))).toEqual([{ status: "NO_SCORE" }, {}]);
  const names = [said(one, "prediction"), ...listed(two, "predictions")];
  const logged = await Promise.all(names.map((name) => router.inference.getPrediction({ name })));
  const { NO_SCORE, ANSWERED } = PredictionStatus;
  expect(logged.map((it) => [it.prediction?.status, it.prediction?.score])).toEqual([
    [NO_SCORE, Number.NaN],
    [NO_SCORE, Number.NaN],
    [ANSWERED, 1],
  ]);
  for (const { prediction } of logged) expect(prediction?.entity).toMatchObject({ user: { kind: { value: "ada" } } });
  const feedback = names.map((prediction) => ({ prediction, actual: 1 }));
  expect(await router.inference.sendFeedback({ deployment: nameOf("unscored"), feedback })).toMatchObject({
    newCount: 3,
  });
  const { releases } = await router.inference.getDeploymentMetrics({ deployment: nameOf("unscored") });
  expect(releases).toMatchObject([
    { release, predictionCount: 1n, feedbackCount: 1n, errorCount: 2n, outlierCount: 0n },
  ]);
});

test("rows whose own numbers are none are answered without a score, and count as a failure only where another release might have had one", async () => {
  const release = on.registry.release(await on.model("not_a_number"), { features: false });
  const other = on.registry.release(await on.model("answers_a"), { features: false });
  const [id, name] = ["no-number", nameOf("no-number")];
  on.registry.deploy(name, { [release]: 10_000 });
  await router.serving(name, [release]);
  const ask = (rows: readonly (readonly number[])[], modelVersion = "") =>
    router.open.modelInfer({ modelName: id, modelVersion, ...singles(rows) });
  const counted = async () => {
    const { releases } = await router.inference.getDeploymentMetrics({ deployment: name });
    const found = releases.find((it) => it.release === release);
    return [found?.predictionCount, found?.errorCount, found?.outlierCount].map(Number);
  };
  // Triton answers such tensors as well: whether NaN goes in is the caller's matter.
  expect(said(await ask([[Number.NaN, 1, 2]]), "status")).toBe("NO_SCORE");
  const mixed = await ask([
    [Number.NaN, 0, 0],
    [0, 0, 0],
    [4, 5, 6],
    [Number.POSITIVE_INFINITY, 1, 1],
  ]);
  expect(JSON.parse(said(mixed, "rows"))).toEqual([
    { status: "NO_SCORE" },
    { status: "NO_SCORE" },
    {},
    { status: "NO_SCORE" },
  ]);
  // Of the four that have no score the one of zeros is the release's.
  expect(await counted()).toEqual([1, 1, 0]);
  const listed = await router.inference.listPredictions({ parent: name });
  expect(listed.predictions.map((it) => it.status)).toEqual([
    ...[PredictionStatus.NO_SCORE, PredictionStatus.ANSWERED, PredictionStatus.NO_SCORE, PredictionStatus.NO_SCORE],
    PredictionStatus.NO_SCORE,
  ]);
  await router.close();
  router = await on.start();
  await router.serving(name, [release]);
  expect(await counted()).toEqual([1, 1, 0]);

  // The other one gives a score for any row: whoever compares the two must see that this one does not.
  on.registry.deploy(name, { [release]: 5_000, [other]: 5_000 });
  await router.serving(name, [release, other]);
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask([[Number.NaN, 1, 2]])));
  const unanswered = answers.filter((it) => said(it, "release") === release).length;
  expect(unanswered).toBeGreaterThan(0);
  expect(await counted()).toEqual([1, 1 + unanswered, 0]);
  await ask([[Number.NaN, 1, 2]], release.slice(release.lastIndexOf("/") + 1));
  expect(await counted()).toEqual([1, 1 + unanswered, 0]);
});

test("tensors that a candidate does not take count as its failure, and those that nobody takes as nobody's", async () => {
  const serving = on.registry.release(await on.model("answers_a"), { features: false });
  const candidate = on.registry.release(await on.model("logistic30"), {
    features: false,
    output: "probabilities",
    column: 1,
  });
  const ask = (version = "") =>
    router.open
      .modelInfer({ modelName: "unfit", modelVersion: version, ...singles([[1, 2, 3]]) })
      .then(() => "OK")
      .catch((error: unknown) => reasonOf(error));
  const errors = async () => {
    const { releases } = await router.inference.getDeploymentMetrics({ deployment: nameOf("unfit") });
    return new Map(releases.map((it) => [it.release, Number(it.errorCount)]));
  };
  on.registry.deploy(nameOf("unfit"), { [candidate]: 10_000 });
  await router.serving(nameOf("unfit"), [candidate]);
  expect(await ask()).toBe("INPUTS_INVALID");
  expect((await errors()).get(candidate) ?? 0).toBe(0);
  on.registry.deploy(nameOf("unfit"), { [serving]: 5_000, [candidate]: 5_000 });
  await router.serving(nameOf("unfit"), [serving, candidate]);
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask()));
  const unfit = answers.filter((it) => it === "INPUTS_INVALID").length;
  expect(unfit).toBeGreaterThan(0);
  expect(await ask(candidate.slice(candidate.lastIndexOf("/") + 1))).toBe("INPUTS_INVALID");
  await expect.poll(async () => (await errors()).get(candidate), PATIENCE).toBe(unfit);
  expect((await errors()).get(serving)).toBe(0);
});

const positionOf = (position: { readonly segment: string; readonly offset: bigint } | undefined): string =>
  `${position?.segment}/${position?.offset}`;
