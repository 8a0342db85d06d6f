import { wait } from "@throughline/client";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { ExportPredictionsResultSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ComputeStatisticsResultSchema } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { rowDigest } from "@throughline/kernel";
import { fromNs } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  makeRelease,
  pushSales,
  registerModel,
  timestamp,
  values,
} from "./testing-shop.ts";

/** One thing all the way through the platform, in small: each test goes on where the one before it ended. */
let platform: PlatformForTests;
let segment = "";
let trainingSet: TrainingSet;
let baseline = "";
let first: Release;
let second: Release;
let deployment = "";
let prediction = "";

const START_S = 1_750_000_000n;
const HOUR_S = 3_600n;
const sales = Array.from({ length: 48 }, (_, i) => ({
  shop: `shop-${i % 3}`,
  amount: BigInt(i % 4),
  timeS: START_S + BigInt(i) * HOUR_S,
}));
/** After everything: the values that are served then are those of the newest sales. */
const NOW_S = START_S + 50n * HOUR_S;

/** What the first version of the service says of a shop at a time: its last sale, and the sum of its last day. */
function expected(shop: string, atS: bigint): { amount: bigint; total: bigint } {
  const known = sales.filter((it) => it.shop === shop && it.timeS + 60n <= atS);
  const day = known.filter((it) => it.timeS > atS - 86_400n);
  return {
    amount: known.at(-1)?.amount ?? 0n,
    total: day.reduce((sum, it) => sum + it.amount, 0n),
  };
}

const logistic = (a: number, b: number, c: number): number => 1 / (1 + Math.exp(-(0.5 * a - b + 2 * c + 0.1)));

beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform?.stop());

test("source rows become a training set whose certificate passes", async () => {
  const { connection, dir } = platform;
  await createShop(connection);
  segment = await pushSales(connection, sales);
  const service = await applyFeatures(connection, 1n);
  expect(service.features).toHaveLength(3);
  const spineDigest = await uploadTable(connection, dir, {
    columns: [
      { name: "shop", type: "string" },
      { name: "cutoff", type: "timestamp" },
      { name: "hour", type: "float64" },
      { name: "late", type: "float64" },
    ],
    rows: sales.map(({ shop, timeS }, i) => [shop, timestamp(timeS + 5n * HOUR_S), i % 24, i % 2]),
  });
  const { operation } = await connection.features.createTrainingSet({
    parent: connection.parent,
    featureService: service.name,
    spineDigest,
    cutoffColumn: "cutoff",
    labelColumns: ["late"],
    certificateRowCount: 48,
  });
  const made = await wait(connection, operation, CreateTrainingSetResultSchema);
  if (!made.trainingSet) throw new Error("no training set");
  trainingSet = made.trainingSet;
  expect(trainingSet).toMatchObject({ rowCount: 48n, segmentDigests: [segment] });
  expect(trainingSet.certificate).toMatchObject({ passed: true, sampledRowCount: 48n, mismatchCount: 0n });
  const materialized = await connection.features.materialize({ featureService: service.name });
  await wait(connection, materialized.operation, MaterializeResultSchema);
});

test("its statistics, a run and a model make a release", async () => {
  const { connection } = platform;
  const { parent, tracking, validation } = connection;
  const computed = await validation.computeStatistics({ parent, dataDigest: trainingSet.fileDigest });
  const { statistics } = await wait(connection, computed.operation, ComputeStatisticsResultSchema);
  baseline = statistics?.name ?? "";
  expect(statistics?.rowCount).toBe(48n);
  const { experiment } = await tracking.createExperiment({ parent, experiment: { displayName: "shops" } });
  const { run } = await tracking.createRun({ parent, run: { experiment: experiment?.name ?? "" } });
  await tracking.logBatch({
    run: run?.name ?? "",
    metrics: [{ key: "auc", value: 0.7 }],
    datasets: [{ dataset: { digest: trainingSet.fileDigest } }],
  });
  const origin = { run: run?.name ?? "", trainingSet: trainingSet.name, trainingSetDigest: trainingSet.digest };
  const version = await registerModel(connection, { id: "shops", fixture: "logistic3", ...origin });
  const { featureService: service } = await connection.features.getFeatureService({ name: trainingSet.featureService });
  if (!service) throw new Error("no service");
  first = await makeRelease(connection, { version, fixture: "logistic3", service });
  const { verified } = await connection.releases.verifyRelease({ name: first.name });
  expect(verified).toBe(true);
  deployment = await deploy(connection, "shops", first);
});

test("gRPC, REST and Open Inference answer the same question alike", async () => {
  const { connection, httpUrl } = platform;
  const { amount, total } = expected("shop-1", NOW_S);
  const score = logistic(Number(amount), Number(total), 9);
  const asOf = fromNs(NOW_S * 1_000_000_000n);
  const answer = await connection.inference.predict({ deployment, entity: values({ shop: "shop-1", hour: 9 }), asOf });
  expect(answer).toMatchObject({ release: first.name, viewVersions: { sales: 1n } });
  expect(answer.score).toBeCloseTo(score, 5);
  expect(answer.rowDigest).toBe(rowDigest([amount, total, 9]));
  prediction = answer.prediction;

  const body = { entity: { shop: { stringValue: "shop-1" }, hour: { float64Value: 9 } }, asOf: isoOf(NOW_S) };
  const rest = await post(`${httpUrl}/v1/${deployment}:predict`, body);
  expect(rest).toMatchObject({ score: answer.score, release: first.name, rowDigest: answer.rowDigest });

  const metadata = (await (await fetch(`${httpUrl}/v2/models/shops`)).json()) as { inputs: { name: string }[] };
  expect(metadata.inputs.length).toBeGreaterThan(0);
  const tensor = { name: "input", datatype: "FP32", shape: [1, 3], data: [Number(amount), Number(total), 9] };
  const open = await post(`${httpUrl}/v2/models/shops/infer`, { inputs: [tensor] });
  expect(open["outputs"]).toMatchObject([{ name: "probabilities", shape: [1, 2] }]);
  const [{ data }] = open["outputs"] as [{ data: number[] }];
  expect(data[1]).toBeCloseTo(score, 5);
});

test("feedback reaches the metrics, and the export compares with the baseline", async () => {
  const { connection } = platform;
  const { parent, inference, validation } = connection;
  await inference.sendFeedback({ deployment, feedback: [{ prediction, actual: 1 }] });
  const { releases } = await inference.getDeploymentMetrics({ deployment });
  expect(releases).toMatchObject([{ release: first.name, feedbackCount: 1n, meanActual: 1 }]);
  // The window leaves out the answer to the tensor, which has other features than those by entity.
  const endTime = fromNs((NOW_S + 1n) * 1_000_000_000n);
  const exported = await inference.exportPredictions({ deployment, endTime });
  const file = await wait(connection, exported.operation, ExportPredictionsResultSchema);
  expect(file.rowCount).toBe(2n);
  const computed = await validation.computeStatistics({ parent, dataDigest: file.digest });
  const { statistics } = await wait(connection, computed.operation, ComputeStatisticsResultSchema);
  const { report } = await validation.compareStatistics({
    parent,
    baseline,
    current: statistics?.name ?? "",
    columns: ["hour"],
  });
  expect(report?.columns.map((it) => it.column)).toEqual(["hour"]);

  const upstream = await walk(file.digest, LineageDirection.UPSTREAM);
  expect(upstream).toEqual(expect.arrayContaining([first.digest, trainingSet.digest, segment]));
  const downstream = await walk(segment, LineageDirection.DOWNSTREAM);
  expect(downstream).toEqual(expect.arrayContaining([trainingSet.digest, first.digest, file.digest]));
});

/** The digests that the lineage graph reaches, once it knows where it starts: it learns a moment after the work. */
async function walk(start: string, direction: LineageDirection): Promise<string[]> {
  const { lineage, parent } = platform.connection;
  const { artifacts } = await lineage.getLineage({ project: parent, start, direction, depth: 100 });
  expect(artifacts.some((it) => it.kind === ArtifactKind.UNSPECIFIED)).toBe(false);
  return artifacts.map((it) => it.digest);
}

test("a rollback moves model and features in one step, and no answer under load mixes two releases", async () => {
  const { connection } = platform;
  const { deployments, inference } = connection;
  const service = await applyFeatures(connection, 2n);
  await wait(
    connection,
    (await connection.features.materialize({ featureService: service.name })).operation,
    MaterializeResultSchema,
  );
  const version = await registerModel(connection, { id: "shops", fixture: "answers_b" });
  second = await makeRelease(connection, { version, fixture: "answers_b", service });
  const own = new Map([
    [first.name, { digest: first.digest, sales: 1n }],
    [second.name, { digest: second.digest, sales: 2n }],
  ]);
  const answered = new Map<string, number>();
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const it = await inference.predict({ deployment, entity: values({ shop: "shop-0", hour: 3 }) });
      const release = own.get(it.release);
      expect({ digest: it.releaseDigest, sales: it.viewVersions["sales"] }).toEqual(release);
      // Only the second release's model answers 0.75, whatever it is asked.
      expect(it.score === 0.75).toBe(it.release === second.name);
      answered.set(it.release, (answered.get(it.release) ?? 0) + 1);
    }
  };
  const callers = Promise.all(Array.from({ length: 8 }, caller));
  const moves = async (): Promise<void> => {
    for (let round = 0; round < 6; round++) {
      const { deployment: state } = await deployments.getDeployment({ name: deployment });
      const traffic = [{ release: second.name, weightBasisPoints: 10_000 }];
      await deployments.setTraffic({ name: deployment, traffic, etag: state?.etag ?? "", reason: "forward" });
      await answers(second.name);
      await deployments.rollBackDeployment({ name: deployment, reason: "back" });
      await answers(first.name);
    }
  };
  await moves().finally(() => {
    isOver = true;
  });
  await callers;
  expect([...answered.keys()].sort()).toEqual([first.name, second.name].sort());
  const { states } = await deployments.listDeploymentChanges({ name: deployment });
  expect(states).toHaveLength(13);
});

/** Waits until the deployment answers by a release: the router learns of a change a moment after it. */
async function answers(release: string): Promise<void> {
  const { inference } = platform.connection;
  const answering = async () => {
    const it = await inference.predict({ deployment, entity: values({ shop: "shop-2", hour: 1 }) });
    return it.release;
  };
  await expect.poll(answering).toBe(release);
}

const isoOf = (seconds: bigint): string => new Date(Number(seconds) * 1_000).toISOString();

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
