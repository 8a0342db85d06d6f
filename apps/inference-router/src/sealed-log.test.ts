import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { SealLogResultSchema } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import type { Digest } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { beforeAll, describe, expect, test } from "vitest";
import { isSampled } from "./domain/log-policy.ts";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";

let on: Platform;
let router: Router;
let release = "";
beforeAll(async () => {
  on = await platform();
  router = await on.start();
  release = on.registry.release(await on.model("answers_a"));
});

const HALF = { log: { sampleBasisPoints: 5_000, inlineBytesMax: 0n }, stickyKey: "key" };

async function deployed(id: string, more: Parameters<Platform["registry"]["deployWith"]>[2]): Promise<string> {
  const deployment = `projects/default/deployments/${id}`;
  on.registry.deployWith(deployment, { [release]: 10_000 }, more);
  await router.serving(deployment, [release]);
  return deployment;
}

const entityOf = (i: number) => ({
  a: valueToProto(i),
  b: valueToProto(null),
  c: valueToProto(-i),
  key: valueToProto(`caller-${i}`),
});

async function ask(deployment: string, count: number) {
  const answers = [];
  for (let i = 0; i < count; i++) answers.push(await router.inference.predict({ deployment, entity: entityOf(i) }));
  return answers;
}

async function sealed(deployment: string) {
  const { operation } = await router.sealedLogs.sealLog({ deployment });
  let last = operation;
  for await (const it of router.operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  const result = last?.response && anyUnpack(last.response, SealLogResultSchema);
  if (!result) throw new Error(`${last?.error?.reason}: ${last?.error?.message}`);
  return result.sealedLogs;
}

describe("a deployment that logs a sample", () => {
  test("keeps what the hash of the sticky value says, tells it in the answer, and counts all", async () => {
    const deployment = await deployed("half", HALF);
    const answers = await ask(deployment, 40);
    const kept = answers.map((_, i) => isSampled(deployment, 5_000, `caller-${i}`));
    expect(answers.map((it) => !it.notSampled)).toEqual(kept);
    const keptCount = kept.filter((it) => it).length;
    const { predictions } = await router.inference.listPredictions({ parent: deployment });
    expect(predictions.map((it) => it.name).toReversed()).toEqual(
      answers.filter((_, i) => kept[i]).map((it) => it.prediction),
    );
    const { releases } = await router.inference.getDeploymentMetrics({ deployment });
    expect(releases).toMatchObject([{ predictionCount: 40n, loggedCount: BigInt(keptCount) }]);
    const left = answers.find((it) => it.notSampled)?.prediction ?? "";
    const name = /PREDICTION_NOT_SAMPLED|not in the sample/;
    await expect(router.inference.getPrediction({ name: left })).rejects.toThrow(name);
    const feedback = [{ prediction: left, actual: 1 }];
    await expect(router.inference.sendFeedback({ deployment, feedback })).rejects.toThrow(name);
    const [hour] = await sealed(deployment);
    expect(hour).toMatchObject({ rowCount: BigInt(keptCount), notSampledCount: BigInt(40 - keptCount) });
  });

  test("answers a retry as it answered first, in the sample or not", async () => {
    const deployment = await deployed("retries", HALF);
    for (let i = 0; i < 8; i++) {
      const request = { deployment, entity: entityOf(i), requestId: `request-${i}` };
      const first = await router.inference.predict(request);
      expect(await router.inference.predict(request)).toEqual(first);
    }
    await router.close();
    router = await on.start();
    await router.serving(deployment, [release]);
    const request = { deployment, entity: entityOf(0), requestId: "request-0" };
    const { prediction } = await router.inference.predict(request);
    expect((await router.inference.predict(request)).prediction).toBe(prediction);
    const { releases } = await router.inference.getDeploymentMetrics({ deployment });
    expect(releases[0]?.predictionCount).toBe(8n);
  });

  test("logs everything while a rollout is under way", async () => {
    const rollout = { name: "projects/default/deployments/arms/rollouts/1", baseline: release, candidate: release };
    const deployment = await deployed("arms", { ...HALF, rollout });
    const answers = await ask(deployment, 12);
    expect(answers.some((it) => it.notSampled)).toBe(false);
    expect((await router.inference.listPredictions({ parent: deployment })).predictions).toHaveLength(12);
  });
});

describe("sealed logs", () => {
  test("are listed with their columns and rows, and their file is on the thread", async () => {
    const deployment = await deployed("sealed", {});
    const answers = await ask(deployment, 3);
    const [first, ...more] = await sealed(deployment);
    expect(more).toEqual([]);
    expect(await sealed(deployment)).toEqual([]);
    answers.push(...(await ask(deployment, 2)));
    const [second] = await sealed(deployment);
    const listed = await router.sealedLogs.listSealedLogs({ parent: deployment });
    expect(listed.sealedLogs).toEqual([second, first]);
    const page = await router.sealedLogs.listSealedLogs({ parent: deployment, pageSize: 1 });
    expect(page.sealedLogs).toEqual([second]);
    const { nextPageToken: pageToken } = page;
    expect((await router.sealedLogs.listSealedLogs({ parent: deployment, pageSize: 1, pageToken })).sealedLogs).toEqual(
      [first],
    );
    expect((await router.sealedLogs.getSealedLog({ name: first?.name ?? "" })).sealedLog).toEqual(first);
    await expect(
      router.sealedLogs.getSealedLog({ name: `${deployment}/sealedLogs/${"0".repeat(26)}` }),
    ).rejects.toThrow(/not_found/);
    const inputs = { p: [await on.blobs.localFile(first?.digest as Digest)] };
    const sql = "SELECT prediction, score, a, c, entity__key FROM p";
    expect((await on.tables.query({ sql, inputs, rowsMax: 9 })).rows).toEqual(
      [0, 1, 2].map((i) => [answers[i]?.prediction, answers[i]?.score, i, 0 - i, `caller-${i}`]),
    );
    const ended = on.recorded.filter((it) => it.events.some((event) => event.digest === first?.digest));
    expect(ended).toMatchObject([{ execution: { resource: deployment, kind: "PREDICT" } }]);
    expect(ended[0]?.events).toContainEqual({ digest: first?.segments[0]?.digest, type: "INPUT", role: "log_segment" });
  });

  test("have the inputs of predictions that are too large for the log", async () => {
    const deployment = await deployed("large", { log: { sampleBasisPoints: 0, inlineBytesMax: 1n } });
    const note = "n".repeat(2_000);
    const entity = { ...entityOf(1), note: valueToProto(note) };
    const { prediction } = await router.inference.predict({ deployment, entity });
    const found = (await router.inference.getPrediction({ name: prediction })).prediction;
    expect(found?.payload?.sizeBytes).toBeGreaterThan(2_000n);
    expect(found?.entity["note"]).toEqual(valueToProto(note));
    const [hour] = await sealed(deployment);
    const inputs = { p: [await on.blobs.localFile(hour?.digest as Digest)] };
    const { rows } = await on.tables.query({ sql: "SELECT a, entity__note FROM p", inputs, rowsMax: 9 });
    expect(rows).toEqual([[1, note]]);
  });
});
