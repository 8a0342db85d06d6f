import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { download, wait } from "@throughline/client";
import {
  type CreateTrainingSetRequest,
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { PredictionLogWindow } from "@throughline/contracts/throughline/features/v1/prediction_log_pb";
import { ColumnClass } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { type Digest, merkleTree } from "@throughline/kernel";
import { fromNs, reasonOf } from "@throughline/rpc";
import { openTables, type Row, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import {
  answering,
  applyFeatures,
  createShop,
  deploy,
  makeRelease,
  pushSales,
  registerModel,
  SHOP,
  values,
} from "./testing-shop.ts";

/** What the platform served, as rows to train on, over gRPC and with the real router. */
let platform: PlatformForTests;
let tables: TableEngine;
let release: Release;
let deployment = "";
/** In the order in which they were asked for. */
const names: string[] = [];

const START_S = 1_750_000_000n;
const HOUR_S = 3_600n;
const SHOPS = 3;
const ASKED = 24;
const asOfS = (i: number): bigint => START_S + BigInt(i) * HOUR_S + 1_800n;
const timeOf = (seconds: bigint) => fromNs(seconds * 1_000_000_000n);
const delayOf = (seconds: bigint) => create(DurationSchema, { seconds });
const TWO_HOURS = delayOf(7_200n);

beforeAll(async () => {
  platform = await platformForTests();
  const { connection, dir } = platform;
  tables = await openTables({ dataDir: join(dir, "test-tables"), memoryLimitMiB: 128, threads: 1 });
  await createShop(connection);
  const sales = Array.from({ length: 48 }, (_, i) => ({
    shop: `shop-${i % SHOPS}`,
    amount: BigInt((i * 7) % 11),
    timeS: START_S + (BigInt(i) * HOUR_S) / 2n,
  }));
  await pushSales(connection, sales);
  const service = await applyFeatures(connection, 1n);
  const { operation } = await connection.features.materialize({ featureService: service.name });
  await wait(connection, operation, MaterializeResultSchema);
  const version = await registerModel(connection, { id: "shops", fixture: "logistic3" });
  release = await makeRelease(connection, { version, fixture: "logistic3", service });
  deployment = await deploy(connection, "shops", release);
  for (let i = 0; i < ASKED; i++) {
    const entity = values({ shop: `shop-${i % SHOPS}`, hour: i % 5 === 4 ? null : i % 24 });
    const answer = await connection.inference.predict({ deployment, entity, asOf: timeOf(asOfS(i)) });
    names.push(answer.prediction);
  }
  // A third is never told of, every fourth after two hours, and the others after half an hour.
  const feedback = names.flatMap((prediction, i) =>
    i % 3 === 2 ? [] : [{ prediction, actual: i % 2, actualTime: timeOf(asOfS(i) + (i % 4 === 0 ? 7_200n : 1_800n)) }],
  );
  await connection.inference.sendFeedback({ deployment, feedback });
});

afterAll(async () => {
  await tables?.close();
  await platform?.stop();
});

type Fields<T> = Partial<Omit<T, "$typeName" | "$unknown">>;
type Asked = Fields<CreateTrainingSetRequest>;
type Window = Fields<PredictionLogWindow>;

async function served(window: Window = {}, more: Asked = {}): Promise<TrainingSet> {
  const { connection } = platform;
  const { operation } = await connection.features.createTrainingSet({
    parent: connection.parent,
    predictionLog: { deployment, ...window },
    ...more,
  });
  const { trainingSet } = await wait(connection, operation, CreateTrainingSetResultSchema);
  if (!trainingSet) throw new Error("no training set");
  return trainingSet;
}

async function rowsOf(set: TrainingSet): Promise<readonly Row[]> {
  const path = join(platform.dir, `${set.name.replaceAll("/", "-")}.parquet`);
  await download(platform.connection, set.fileDigest, path);
  return (await tables.readRows({ segments: [path], limit: 1_000 })).rows;
}

/** The log as the router tells of it, oldest first. */
async function logged(): Promise<Prediction[]> {
  const { predictions } = await platform.connection.inference.listPredictions({ parent: deployment, pageSize: 1_000 });
  return predictions.toReversed();
}

describe("a training set of what was served", () => {
  test("has the logged vectors byte for byte, and the row digests of the log", async () => {
    const set = await served({ keepUnlabeled: true });
    const log = await logged();
    const tree = merkleTree();
    for (const it of log) tree.add(it.vector?.rowDigest as Digest);
    expect(set.digest).toBe(tree.root());
    expect(set.certificate?.served?.loggedRowsDigest).toBe(tree.root());
    const path = join(platform.dir, "rows.parquet");
    await download(platform.connection, set.fileDigest, path);
    const columns = set.columns.slice(5).map((it) => it.name);
    expect(columns).toEqual(["sales__amount", "sales__total", "hour"]);
    const digests = (await Array.fromAsync(tables.rowDigests({ segments: [path], columns }))).flat();
    expect(digests).toEqual(log.map((it) => it.vector?.rowDigest));
    const rows = await rowsOf(set);
    expect(rows.map((it) => it[0])).toEqual(names);
    expect(rows.map((it) => it[1])).toEqual(names.map((_, i) => ({ ns: asOfS(i) * 1_000_000_000n })));
    expect(set.rowCount).toBe(BigInt(ASKED));
    expect(set).toMatchObject({ cutoffColumn: "as_of", labelColumns: ["actual"], dataVersion: 0n, segmentDigests: [] });
  });

  test("says what holds of it, with a sample read again from the log", async () => {
    const set = await served({ keepUnlabeled: true }, { certificateRowCount: 10, certificateSeed: 3n });
    expect(set.certificate).toMatchObject({
      passed: true,
      sampledRowCount: 10n,
      mismatchCount: 0n,
      laterKnowledgeCount: 0n,
      seed: 3n,
      served: { laterAsOfCount: 0n, lateLabelCount: 0n },
    });
    expect(set.certificate?.labelTimes).toMatchObject({ column: "actual_time", rowCount: 16n, unknownRowCount: 0n });
    expect(set.servedRows).toMatchObject({
      window: { deployment, keepUnlabeled: true },
      releases: [{ release: release.name, digest: release.digest, rowCount: BigInt(ASKED) }],
      labeledRowCount: 16n,
    });
  });

  test("has the labels that were known within the delay, and leaves the other rows out unless they are wanted", async () => {
    const expected = (delayS: bigint) =>
      names.flatMap((name, i) => (i % 3 === 2 || (i % 4 === 0 && delayS < 7_200n) ? [] : [[name, i % 2]]));
    for (const seconds of [3_600n, 7_200n]) {
      const set = await served({ labelDelay: delayOf(seconds) });
      const rows = await rowsOf(set);
      expect(rows.map((it) => [it[0], it[3]])).toEqual(expected(seconds));
      expect(set.servedRows?.leftOut?.withoutLabelCount).toBe(BigInt(ASKED - rows.length));
      const kept = await rowsOf(await served({ labelDelay: delayOf(seconds), keepUnlabeled: true }));
      expect(kept.filter((it) => it[3] !== null).map((it) => [it[0], it[3]])).toEqual(expected(seconds));
      expect(kept).toHaveLength(ASKED);
    }
  });

  test("has the predictions of its window", async () => {
    const set = await served({ startTime: timeOf(asOfS(5)), endTime: timeOf(asOfS(9)), keepUnlabeled: true });
    expect((await rowsOf(set)).map((it) => it[0])).toEqual(names.slice(5, 9));
  });

  test("is the same again, and with the instant that it tells also when more is known", async () => {
    const { inference } = platform.connection;
    const set = await served({ labelDelay: TWO_HOURS });
    expect(await served({ labelDelay: TWO_HOURS })).toEqual(set);
    const [first = ""] = names;
    const actualTime = timeOf(asOfS(0) + 7_000n);
    await inference.sendFeedback({ deployment, feedback: [{ prediction: first, actual: 5, actualTime }] });
    await inference.predict({ deployment, entity: values({ shop: "shop-0", hour: 1 }), asOf: timeOf(asOfS(3)) });
    const knownBy = set.servedRows?.window?.knownBy;
    expect(knownBy).toBeDefined();
    const again = await served({ labelDelay: TWO_HOURS, ...(knownBy && { knownBy }) });
    expect(again).toEqual(set);
    const since = await served({ labelDelay: TWO_HOURS });
    expect(since.name).not.toBe(set.name);
    expect((await rowsOf(since))[0]?.[3]).toBe(5);
    expect(since.servedRows?.labeledRowCount).toBe(16n);
  });

  test("hangs on the thread between the release that answered and what is trained on it", async () => {
    const set = await served({ labelDelay: delayOf(3_600n) });
    const { lineage, parent } = platform.connection;
    const { artifacts } = await lineage.getLineage({
      project: parent,
      start: set.fileDigest,
      direction: LineageDirection.UPSTREAM,
      depth: 100,
    });
    const digests = artifacts.map((it) => it.digest);
    const segments = set.servedRows?.logSegments.map((it) => it.digest) ?? [];
    expect(segments.length).toBeGreaterThan(0);
    expect(digests).toEqual(expect.arrayContaining([release.digest, set.servedRows?.predictionsDigest, ...segments]));
  });

  test("is refused with everything that is of spines, of another project, or in the future", async () => {
    const { connection } = platform;
    const refused = (more: Asked) => served({}, more).catch((error: unknown) => reasonOf(error) ?? String(error));
    expect(await refused({ cutoffColumn: "cutoff", labelColumns: ["late"] })).toBe("INVALID_FIELD");
    await expect(served({ deployment: "projects/other/deployments/shops" })).rejects.toThrow(/another project/);
    const knownBy = fromNs((BigInt(Date.now()) + 3_600_000n) * 1_000_000n);
    await expect(served({ knownBy })).rejects.toThrow(/future/);
    const startTime = timeOf(START_S + 1_000_000n);
    await expect(served({ startTime })).rejects.toThrow(/NOTHING_TO_EXPORT|no logged predictions/);
    await expect(served({}, { featureService: `${connection.parent}/featureServices/other` })).rejects.toThrow(
      /did not read/,
    );
  });

  test("leaves out, and counts, what no vector of entities was read for and what was asked of the future", async () => {
    const { connection, httpUrl } = platform;
    const before = (await served({ keepUnlabeled: true })).rowCount;
    const tensor = { name: "input", datatype: "FP32", shape: [1, 3], data: [1, 2, 3] };
    const body = JSON.stringify({ inputs: [tensor] });
    const headers = { "content-type": "application/json" };
    expect((await fetch(`${httpUrl}/v2/models/shops/infer`, { method: "POST", headers, body })).ok).toBe(true);
    const asOf = fromNs((BigInt(Date.now()) + 3_600_000n) * 1_000_000n);
    await connection.inference.predict({ deployment, entity: values({ shop: "shop-0", hour: 1 }), asOf });
    const set = await served({ keepUnlabeled: true });
    expect(set.rowCount).toBe(before);
    expect(set.servedRows?.leftOut).toMatchObject({ withoutEntityCount: 1n, laterAsOfCount: 1n });
  });

  test("of a deployment that logs a sample says how many predictions are not in it", async () => {
    const { connection } = platform;
    const traffic = [{ release: release.name, weightBasisPoints: 10_000 }];
    const { deployment: sampled } = await connection.deployments.createDeployment({
      parent: connection.parent,
      deploymentId: "sampled",
      deployment: { traffic, log: { sampleBasisPoints: 5_000 } },
    });
    const name = sampled?.name ?? "";
    const ask = (i: number) =>
      connection.inference.predict({ deployment: name, entity: values({ shop: "shop-0", hour: i % 24 }) });
    await answering(connection, "sampled");
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i)));
    const keptCount = answers.filter((it) => !it.notSampled).length;
    const set = await served({ deployment: name, keepUnlabeled: true });
    expect(Number(set.rowCount)).toBe(keptCount);
    expect(set.servedRows?.leftOut?.notSampledCount).toBe(BigInt(40 - keptCount));
  });

  test("is of one version of a feature service: of several it says which release read which", async () => {
    const { connection } = platform;
    const service = await applyFeatures(connection, 2n);
    const made = await connection.features.materialize({ featureService: service.name });
    await wait(connection, made.operation, MaterializeResultSchema);
    const version = await registerModel(connection, { id: "shops", fixture: "answers_b" });
    const second = await makeRelease(connection, { version, fixture: "answers_b", service });
    const traffic = [{ release: second.name, weightBasisPoints: 10_000 }];
    const { deployment: state } = await connection.deployments.getDeployment({ name: deployment });
    await connection.deployments.setTraffic({ name: deployment, traffic, etag: state?.etag ?? "", reason: "wider" });
    const asOf = timeOf(asOfS(2));
    const answering = async () => {
      const entity = values({ shop: "shop-0", hour: 1 });
      return (await connection.inference.predict({ deployment, entity, asOf })).release;
    };
    await expect.poll(answering).toBe(second.name);
    const failed: unknown = await served({ keepUnlabeled: true }).catch((error: unknown) => error);
    expect(String(failed)).toContain(`version 1 of ${service.name} by ${release.name}`);
    expect(String(failed)).toContain(`version 2 of ${service.name} by ${second.name}`);
    const wide = await served({ keepUnlabeled: true, release: second.name });
    expect(wide).toMatchObject({ featureServiceVersion: 2n, rowCount: 1n });
    expect((await served({ release: release.name })).featureServiceVersion).toBe(1n);
    const wrong = served({ release: release.name }, { featureServiceVersion: 2n, featureService: service.name });
    await expect(wrong).rejects.toThrow(/did not read version 2/);
  });

  test("keeps to the privacy policies, and says what the logged rows were before", async () => {
    const { privacy, parent } = platform.connection;
    const name = `${parent}/sources/${SHOP.source}/privacyPolicy`;
    const uses = [
      { purposes: ["audit"], treatment: { kind: { case: "keep" as const, value: {} } } },
      { purposes: ["model"], treatment: { kind: { case: "drop" as const, value: {} } } },
    ];
    const window = { release: release.name };
    const before = await served(window);
    await privacy.setPrivacyPolicy({
      policy: { name, columns: [{ column: "amount", class: ColumnClass.SENSITIVE, uses }] },
    });
    await expect(served(window)).rejects.toThrow(/sales__amount/);
    const kept = await served(window, { purpose: "audit" });
    expect(kept.digest).toBe(before.digest);
    const dropped = await served(window, { purpose: "model" });
    expect(dropped.columns.map((it) => it.name).slice(5)).toEqual(["hour"]);
    expect(dropped.digest).not.toBe(before.digest);
    expect(dropped.privacy?.joinedDigest).toBe(before.digest);
    expect(dropped.certificate?.served?.loggedRowsDigest).toBe(before.digest);
  });
});
