import { Code } from "@connectrpc/connect";
import type { PredictedRow } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import { reasonOf, valueToProto } from "@throughline/rpc";
import { beforeAll, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

const D = "projects/default/deployments/rows";
const row = (a: FeatureValue, b: FeatureValue, c: FeatureValue) => ({
  entity: { a: valueToProto(a), b: valueToProto(b), c: valueToProto(c) },
});
const answerOf = (it: PredictedRow | undefined) => (it?.outcome.case === "answer" ? it.outcome.value : undefined);

let on: Platform;
let router: Router;

beforeAll(async () => {
  on = await platform();
  router = await on.start();
  const release = on.registry.release(await on.model("logistic3"), { output: "probabilities", column: 1 });
  on.registry.deploy(D, { [release]: 10_000 });
  await router.serving(D, [release]);
});

test("rows are answered in their order, each as by Predict and with a place in the log", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => row(i / 100, 1, -1));
  const asOf = { seconds: 1_700_000_000n, nanos: 0 };
  const { rows: answers } = await router.inference.predictRows({ deployment: D, rows, asOf });
  expect(answers).toHaveLength(300);
  for (const i of [0, 1, 150, 299]) {
    const answer = answerOf(answers[i]);
    const alone = await router.inference.predict({ deployment: D, asOf, entity: rows[i]?.entity ?? {} });
    expect(answer).toMatchObject({ score: alone.score, rowDigest: alone.rowDigest, release: alone.release });
    const { prediction } = await router.inference.getPrediction({ name: answer?.prediction ?? "" });
    expect(prediction).toMatchObject({ score: alone.score, logPosition: answer?.logPosition });
  }
  expect(new Set(answers.map((it) => answerOf(it)?.prediction)).size).toBe(300);
});

test("a row that cannot be answered says why, and the others are answered", async () => {
  const rows = [row(1, 2, 3), row("text", 2, 3), row(0, 0, 0)];
  const { rows: answers } = await router.inference.predictRows({ deployment: D, rows });
  expect(answers.map((it) => it.outcome.case)).toEqual(["answer", "problem", "answer"]);
  const alone = await router.inference
    .predict({ deployment: D, entity: rows[1]?.entity ?? {} })
    .catch((error: unknown) => reasonOf(error));
  expect(answers[1]?.outcome.value).toMatchObject({ reason: alone, code: Code.FailedPrecondition });
});

test("a retry with the request id gives the same predictions, and another request under it is a problem of its rows", async () => {
  const request = { deployment: D, rows: [row(1, 1, 1), row(2, 2, 2)], requestId: "twice" };
  const first = await router.inference.predictRows(request);
  expect(await router.inference.predictRows(request)).toEqual(first);
  const other = await router.inference.predictRows({ ...request, rows: [row(1, 1, 1), row(3, 3, 3)] });
  expect(other.rows[0]).toEqual(first.rows[0]);
  expect(other.rows[1]?.outcome.value).toMatchObject({ reason: "REQUEST_ID_REUSED" });
});

test("a deployment that is not known, and no rows at all, fail the whole request", async () => {
  const other = "projects/default/deployments/other";
  const unknown = router.inference.predictRows({ deployment: other, rows: [row(1, 1, 1)] });
  expect(await unknown.catch((error: unknown) => reasonOf(error))).toBe("DEPLOYMENT_UNKNOWN");
  const none = router.inference.predictRows({ deployment: D, rows: [] });
  expect(await none.catch((error: unknown) => reasonOf(error))).toBe("INVALID_FIELD");
});
