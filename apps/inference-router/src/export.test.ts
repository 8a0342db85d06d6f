import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  type ExportPredictionsRequestSchema,
  type ExportPredictionsResult,
  ExportPredictionsResultSchema,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { Digest } from "@throughline/kernel";
import { fromMs, fromNs, valueToProto } from "@throughline/rpc";
import type { Row } from "@throughline/tables";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Platform, Router } from "./testing-router.ts";
import { SERVICE, SERVICE_DIGEST } from "./testing-services.ts";

let on: Platform;
let router: Router;
let release = "";
let deployments = 0;

beforeAll(async () => {
  on = await platform();
  router = await on.start();
  release = on.registry.release(await on.model("answers_a"));
});

const START_NS = 1_700_000_000_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A deployment of its own, with predictions a second apart. */
async function served(count: number): Promise<{ readonly deployment: string; readonly names: readonly string[] }> {
  deployments += 1;
  const deployment = `projects/default/deployments/export-${deployments}`;
  on.registry.deploy(deployment, { [release]: 10_000 });
  await router.serving(deployment, [release]);
  const names: string[] = [];
  for (let i = 0; i < count; i++) names.push(await ask(deployment, i));
  return { deployment, names };
}

async function ask(deployment: string, i: number): Promise<string> {
  const entity = { a: valueToProto(i), b: valueToProto(null), c: valueToProto(-i), key: valueToProto(`k${i}`) };
  const asOf = fromNs(START_NS + BigInt(i) * SECOND_NS);
  return (await router.inference.predict({ deployment, entity, asOf })).prediction;
}

async function exported(
  request: MessageInitShape<typeof ExportPredictionsRequestSchema>,
): Promise<ExportPredictionsResult> {
  const { operation } = await router.inference.exportPredictions(request);
  let last = operation;
  for await (const it of router.operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  const result = last?.response && anyUnpack(last.response, ExportPredictionsResultSchema);
  if (!result) throw new Error(`${last?.error?.reason}: ${last?.error?.message}`);
  return result;
}

async function rowsOf({ digest }: ExportPredictionsResult, columns: string): Promise<readonly Row[]> {
  const path = await on.blobs.localFile(digest as Digest);
  return (await on.tables.query({ sql: `SELECT ${columns} FROM p`, inputs: { p: [path] }, rowsMax: 1_000 })).rows;
}

/** SHA-256 of the log's files, by the id of the segment. */
async function segmentFiles(): Promise<ReadonlyMap<string, string>> {
  const dir = join(on.dir, "log");
  const files = (await readdir(dir, { recursive: true })).filter((it) => it.endsWith(".log"));
  return new Map(
    files.map((it) => [
      it.slice(it.lastIndexOf("/") + 1, -".log".length),
      `sha256:${createHash("sha256")
        .update(readFileSync(join(dir, it)))
        .digest("hex")}`,
    ]),
  );
}

describe("an export", () => {
  test("names the release with the service that it reads, and the sealed segments by their bytes", async () => {
    const { deployment } = await served(4);
    const first = await exported({ deployment });
    expect(first.releases).toMatchObject([
      {
        release,
        rowCount: 4n,
        featureService: SERVICE,
        featureServiceVersion: 2n,
        featureServiceDigest: SERVICE_DIGEST,
      },
    ]);
    expect(first.releases[0]?.viewVersions).toEqual({ weather: 3n });
    await ask(deployment, 4);
    const second = await exported({ deployment });
    expect(second.segments.map((it) => it.rowCount)).toEqual([4n, 1n]);
    expect(second.segments[0]).toEqual(first.segments[0]);
    const files = await segmentFiles();
    for (const it of second.segments) expect(files.get(it.segment)).toBe(it.digest);
  });

  test("with the instant that it tells gives the same bytes, whatever comes since", async () => {
    const { deployment, names } = await served(3);
    await router.inference.sendFeedback({ deployment, feedback: [{ prediction: names[0] ?? "", actual: 1 }] });
    const first = await exported({ deployment, byEntity: true });
    await ask(deployment, 1);
    await router.inference.sendFeedback({
      deployment,
      feedback: names.map((prediction) => ({ prediction, actual: 0.5, actualTime: fromNs(START_NS) })),
    });
    const { knownBy } = first;
    expect(await exported({ deployment, byEntity: true, ...(knownBy && { knownBy }) })).toEqual(first);
    expect((await exported({ deployment, byEntity: true })).rowCount).toBe(4n);
    await expect(exported({ deployment, knownBy: fromMs(Date.now() + 60_000) })).rejects.toThrow(/future/);
  });

  test("takes the last revision that was known within the delay", async () => {
    const { deployment, names } = await served(3);
    const tell = (i: number, actual: number, afterS: bigint) => {
      const actualTime = fromNs(START_NS + (BigInt(i) + afterS) * SECOND_NS);
      return router.inference.sendFeedback({
        deployment,
        feedback: [{ prediction: names[i] ?? "", actual, actualTime }],
      });
    };
    await tell(0, 1, 10n);
    await tell(0, 2, 20n);
    await tell(0, 3, 30n);
    await tell(1, 4, 25n);
    await delay(3);
    const labels = async (seconds: bigint, labeledOnly = false) => {
      const result = await exported({ deployment, labelDelay: { seconds }, labeledOnly });
      return { labels: (await rowsOf(result, "actual")).flat(), left: result.withoutLabelCount };
    };
    expect(await labels(9n)).toEqual({ labels: [null, null, null], left: 0n });
    expect(await labels(20n)).toEqual({ labels: [2, null, null], left: 0n });
    expect(await labels(25n, true)).toEqual({ labels: [2, 4], left: 1n });
    expect(await labels(60n, true)).toEqual({ labels: [3, 4], left: 1n });
    await expect(labels(9n, true)).rejects.toThrow(/NOTHING_TO_EXPORT.*longer label delay/);
  });

  test("by entity has the fields of the entities, and the latest knowledge of each vector", async () => {
    const { deployment, names } = await served(2);
    const result = await exported({ deployment, byEntity: true });
    expect(result.features).toEqual(["a", "b", "c"]);
    const columns = "prediction, entity__key, entity__a, epoch_ns(knowledge_time), epoch_ns(as_of), epoch_ns(time) > 0";
    expect(await rowsOf(result, columns)).toEqual(
      names.map((name, i) => [name, `k${i}`, i, 5_000_000n, START_NS + BigInt(i) * SECOND_NS, true]),
    );
  });

  test("by entity leaves out tensors, also where fields came beside them", async () => {
    const { deployment } = await served(1);
    const bare = on.registry.release(await on.model("answers_a"), { features: false });
    on.registry.deploy(deployment, { [bare]: 10_000 }, "user");
    await router.serving(deployment, [bare]);
    const modelName = deployment.replace("projects/default/deployments/", "default/");
    const parameters = { user: { parameterChoice: { case: "stringParam" as const, value: "ada" } } };
    for (const rows of [1, 2]) {
      const contents = { fp32Contents: Array.from({ length: 3 * rows }, (_, i) => i) };
      const tensor = { name: "input", datatype: "FP32", shape: [BigInt(rows), 3n], contents };
      await router.open.modelInfer({ modelName, parameters, inputs: [tensor] });
    }
    expect(await exported({ deployment, byEntity: true })).toMatchObject({ rowCount: 1n, withoutEntityCount: 3n });
  });

  test("refuses lists of features that do not fit one table, with the releases of each", async () => {
    const { deployment } = await served(1);
    const bare = on.registry.release(await on.model("answers_a"), { features: false });
    on.registry.deploy(deployment, { [bare]: 10_000 });
    await router.serving(deployment, [bare]);
    const name = deployment.replace("projects/default/deployments/", "");
    const tensor = { name: "input", datatype: "FP32", shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } };
    await router.open.modelInfer({ modelName: `default/${name}`, inputs: [tensor] });
    const failed = await exported({ deployment }).catch(String);
    expect(failed).toMatch(/MIXED_FEATURES/);
    expect(failed).toContain(release);
    expect(failed).toContain(bare);
    expect((await exported({ deployment, release: bare })).rowCount).toBe(1n);
    expect(await exported({ deployment, byEntity: true })).toMatchObject({ rowCount: 1n, withoutEntityCount: 1n });
  });
});
