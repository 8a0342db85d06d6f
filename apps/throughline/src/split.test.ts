import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connect, wait } from "@throughline/client";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { CreateSkewReportResultSchema } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { type Digest, merkleTree } from "@throughline/kernel";
import { policyOf } from "@throughline/rpc";
import { expect, onTestFinished, test } from "vitest";
import { descendants, startUp, type UpProcess } from "./testing-process.ts";
import { applyFeatures, createShop, deploy, makeRelease, pushSales, registerModel, values } from "./testing-shop.ts";

async function startSplit(holders: readonly object[] = []): Promise<UpProcess> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-split-"));
  const tokens = join(dir, "tokens.json");
  if (holders.length > 0) writeFileSync(tokens, JSON.stringify(holders));
  const up = await startUp("--split", "--data", join(dir, "data"), ...(holders.length > 0 ? ["--tokens", tokens] : []));
  onTestFinished(async () => {
    await up.kill9();
    await rm(dir, { recursive: true, force: true });
  });
  return up;
}

/** True while a process runs; one that has ended and is kept for its parent does not. */
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

test("each service has a process, and a stop ends them all", async () => {
  const up = await startSplit();
  const pids = descendants(up.pid);
  expect(pids.length).toBeGreaterThanOrEqual(6);
  const { parent, tracking } = up.connection;
  await tracking.createExperiment({ parent, experiment: { displayName: "over two hops" } });
  const response = await fetch(`${up.httpUrl}/v1/${parent}/experiments`);
  expect(await response.text()).toContain("over two hops");
  // As Go's clients tell it: what goes on to the service is in whole milliseconds.
  const inMicroseconds = { "grpc-timeout": "59999959u" };
  const { transport } = up.connection;
  await transport.unary(TrackingService.method.listExperiments, undefined, 0, inMicroseconds, { parent });
  expect(await up.stop()).toBe(0);
  expect(pids.filter(runs)).toEqual([]);
});

test("the services end when whoever started them was killed", async () => {
  const up = await startSplit();
  const pids = descendants(up.pid);
  process.kill(up.pid, "SIGKILL");
  while (pids.some(runs)) await delay(50);
});

test("a service that ends by itself is told, and the others go on", async () => {
  const up = await startSplit();
  const tracking = descendants(up.pid).find((it) => readFileSync(`/proc/${it}/cmdline`, "utf8").includes("/tracking/"));
  process.kill(tracking ?? 0, "SIGKILL");
  await expect
    .poll(up.errors, { timeout: 60_000 })
    .toMatch(/"event":"service ended","service":"tracking","end":"SIGKILL"/);
  expect((await up.connection.registry.listModels({ parent: up.connection.parent })).models).toEqual([]);
  expect(await up.stop()).toBe(0);
  expect(up.errors().match(/service ended/g)).toHaveLength(1);
});

test("with tokens every service asks who calls, and the services know each other", async () => {
  const tokenSha256 = createHash("sha256").update("adas-token").digest("hex");
  const up = await startSplit([{ actor: "ada", role: "EDITOR", tokenSha256 }]);
  for (const { methods } of servicesOf(Object.keys(SERVICES) as ServiceName[])) {
    const method = methods.find((it) => it.methodKind === "unary" && policyOf(it).role !== Role.PUBLIC);
    if (!method) throw new Error("a contract has no unary method");
    const call = up.connection.transport.unary(method as DescMethodUnary, undefined, 60_000, undefined, {});
    expect(await call.catch((error: unknown) => ConnectError.from(error).code)).toBe(Code.Unauthenticated);
  }
  const ada = connect({ baseUrl: up.grpcUrl, token: "adas-token" });
  // The registry asks tracking for the artifact, and tells it what it made of it.
  const version = await registerModel(ada, { id: "shared", fixture: "answers_a" });
  expect(version.actor).toBe("ada");
});

test("what one service logged is trained on, and compared, by another", async () => {
  const tokenSha256 = createHash("sha256").update("adas-token").digest("hex");
  const up = await startSplit([{ actor: "ada", role: "ADMIN", tokenSha256 }]);
  const ada = connect({ baseUrl: up.grpcUrl, token: "adas-token" });
  const { features, parent } = ada;
  await createShop(ada);
  await pushSales(ada, [{ shop: "shop-0", amount: 3n, timeS: 1_750_000_000n }]);
  const service = await applyFeatures(ada, 1n);
  const { operation } = await features.materialize({ featureService: service.name });
  await wait(ada, operation, MaterializeResultSchema);
  const version = await registerModel(ada, { id: "shops", fixture: "logistic3" });
  const release = await makeRelease(ada, { version, fixture: "logistic3", service });
  const deployment = await deploy(ada, "shops", release);
  const answer = await ada.inference.predict({
    deployment,
    entity: values({ shop: "shop-0", hour: 9 }),
    asOf: { seconds: 1_750_003_600n },
  });
  await ada.inference.sendFeedback({ deployment, feedback: [{ prediction: answer.prediction, actual: 1 }] });
  const making = await features.createTrainingSet({ parent, predictionLog: { deployment } });
  const { trainingSet } = await wait(ada, making.operation, CreateTrainingSetResultSchema);
  expect(trainingSet?.digest).toBe(merkleRoot([answer.rowDigest]));
  expect(trainingSet?.servedRows).toMatchObject({ labeledRowCount: 1n, releases: [{ release: release.name }] });
  const comparing = await ada.skew.createSkewReport({ parent, deployment });
  const { skewReport } = await wait(ada, comparing.operation, CreateSkewReportResultSchema);
  expect(skewReport).toMatchObject({ rowCount: 1n, differingRowCount: 0n, actor: "ada" });
  const { executions } = await ada.lineage.getLineage({
    project: parent,
    start: trainingSet?.fileDigest ?? "",
    direction: LineageDirection.UPSTREAM,
    depth: 4,
  });
  expect(new Set(executions.map((it) => it.actor))).toEqual(new Set(["ada"]));
});

function merkleRoot(digests: readonly string[]): string {
  const tree = merkleTree();
  for (const it of digests) tree.add(it as Digest);
  return tree.root();
}
