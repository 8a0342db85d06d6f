import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { fileBlobStore } from "@throughline/blobs";
import { wait } from "@throughline/client";
import {
  CreateTrainingSetResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import {
  ApplyTransformsResultSchema,
  FitTransformsResultSchema,
  TransformService,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { LineageDirection } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { ModelFormat, type ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Digest } from "@throughline/kernel";
import { fromNs } from "@throughline/rpc";
import { openTables, type Row } from "@throughline/tables";
import {
  applyTransforms,
  type Columns,
  checkTransforms,
  columnOf,
  learnConstants,
  type OutputRows,
  type Column as RawColumn,
  readyTransforms,
} from "@throughline/transforms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linearModel, linearScore } from "./testing-linear-model.ts";
import { uploadTable } from "./testing-parquet.ts";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import { createShop, deploy, pushSales, SHOP, timestamp, uploadBytes, values } from "./testing-shop.ts";

/** From raw features to served predictions with one definition of what becomes of them: each test goes on after the last. */
let platform: PlatformForTests;
let trainingSet: TrainingSet;
let fit: TransformFit;
let trained: ModelVersion;
let attached: ModelVersion;
let release: Release;
let columns: Columns;
let transformed: OutputRows;

const START_S = 1_750_000_000n;
const ROWS = 300;
const rows: readonly Row[] = Array.from({ length: ROWS }, (_, i) => [
  `shop-${i % 4}`,
  timestamp(START_S + BigInt(i) * 7_211n),
  i % 9 === 4 ? null : Math.sin(i) * 10 ** (i % 7),
  i % 10 === 3 ? null : (["Oslo", "Roma", "Saint-Étienne", "東京", "", "Lima lima"][i % 6] ?? null),
  i % 8 === 5 ? null : BigInt(i * 7919) - 500n,
  timestamp(START_S + BigInt(i * i) * 3_607n),
  i % 3 === 0,
  i % 2,
]);

const DEFINITION = {
  columns: [
    { name: "sales__amount", type: "int64" },
    { name: "price", type: "float64" },
    { name: "city", type: "string" },
    { name: "count", type: "int64" },
    { name: "seen", type: "timestamp" },
    { name: "paid", type: "boolean" },
  ],
  steps: [
    { kind: "impute", input: "sales__amount", output: "amount", with: "median" },
    { kind: "impute", input: "price", output: "known", with: "mean", indicator: "unknown" },
    { kind: "scale", input: "known", output: "scaled", method: "z-score" },
    { kind: "quantile-bucket", input: "price", output: "level", buckets: 4 },
    { kind: "one-hot", input: "level", output: "levels" },
    { kind: "vocabulary", input: "city", output: "place", sizeMax: 3 },
    { kind: "one-hot", input: "place", output: "places" },
    { kind: "hash", input: "city", output: "hashed", buckets: 6 },
    { kind: "n-grams", input: "city", output: "grams", tokens: "characters", lengths: [2, 2], sizeMax: 5 },
    { kind: "hash", input: "count", output: "counted", buckets: 16 },
    { kind: "date-part", input: "seen", output: "weekday", part: "weekday", as: "cyclic" },
  ],
  outputs: [
    {
      name: "input",
      columns: ["amount", "scaled", "unknown", "levels", "places", "hashed", "grams", "counted", "weekday", "paid"],
    },
  ],
};

const weightsOf = (width: number): readonly number[] => Array.from({ length: width }, (_, i) => Math.cos(i + 1) / 3);

beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform?.stop());

test("a training set has raw features", async () => {
  const { connection, dir } = platform;
  const { features, parent } = connection;
  await createShop(connection);
  const sales = Array.from({ length: 40 }, (_, i) => ({
    shop: `shop-${i % 3}`,
    amount: BigInt(i % 11),
    timeS: START_S + BigInt(i) * 40_000n,
  }));
  await pushSales(connection, sales);
  const { featureView } = await features.applyFeatureView({
    parent,
    featureViewId: SHOP.view,
    featureView: {
      entity: `${parent}/entities/${SHOP.entity}`,
      source: `${parent}/sources/${SHOP.source}`,
      features: [{ name: "amount", kind: { case: "column", value: "amount" } }],
    },
  });
  const { featureService } = await features.applyFeatureService({
    parent,
    featureServiceId: SHOP.service,
    featureService: {
      views: [{ view: featureView?.name ?? "", version: 1n }],
      requestFeatures: [
        { name: "price", type: ValueType.FLOAT64 },
        { name: "city", type: ValueType.STRING },
        { name: "count", type: ValueType.INT64 },
        { name: "seen", type: ValueType.TIMESTAMP },
        { name: "paid", type: ValueType.BOOL },
      ],
    },
  });
  const spineDigest = await uploadTable(connection, dir, {
    columns: [
      { name: "shop", type: "string" },
      { name: "cutoff", type: "timestamp" },
      { name: "price", type: "float64" },
      { name: "city", type: "string" },
      { name: "count", type: "int64" },
      { name: "seen", type: "timestamp" },
      { name: "paid", type: "bool" },
      { name: "late", type: "int64" },
    ],
    rows: rows.map((row) => [...row.slice(0, 7), BigInt(row[7] as number)]),
  });
  const { operation } = await features.createTrainingSet({
    parent,
    featureService: featureService?.name ?? "",
    spineDigest,
    cutoffColumn: "cutoff",
    labelColumns: ["late"],
  });
  trainingSet = (await wait(connection, operation, CreateTrainingSetResultSchema)).trainingSet as TrainingSet;
  expect(trainingSet.rowCount).toBe(BigInt(ROWS));
  columns = await rawColumns(trainingSet.fileDigest);
});

/** The raw columns of a stored file. */
async function rawColumns(digest: string): Promise<Columns> {
  const stored = await readStored(
    digest,
    DEFINITION.columns.map((it) => it.name),
  );
  return new Map(
    DEFINITION.columns.map(({ name, type }, i) => [
      name,
      columnOf(
        name,
        type as RawColumn["type"],
        stored.map((row) => row[i] as null),
      ),
    ]),
  );
}

async function readStored(digest: string, names: readonly string[]): Promise<readonly Row[]> {
  await using tables = await openTables({ dataDir: join(platform.dir, "read"), memoryLimitMiB: 128, threads: 1 });
  const blobs = await fileBlobStore(join(platform.dir, "blobs"));
  const segments = [await blobs.localFile(digest as Digest)];
  const { rows: found } = await tables.readRows({ segments, columns: names, limit: ROWS });
  await blobs.close();
  return found;
}

test("transforms learn from it what they learn elsewhere, and what they give is a file to train on", async () => {
  const { connection } = platform;
  const transforms = createClient(TransformService, connection.transport);
  const { parent } = connection;
  const begun = await transforms.fitTransforms({ parent, trainingSet: trainingSet.name, definition: DEFINITION });
  fit = (await wait(connection, begun.operation, FitTransformsResultSchema)).transformFit as TransformFit;
  const checked = checkTransforms(DEFINITION);
  const ready = readyTransforms(checked, await learnConstants(checked, () => [columns]));
  transformed = applyTransforms(ready, columns).get("input") as OutputRows;
  expect(fit.outputs).toMatchObject([{ name: "input", datatype: "FP32", width: BigInt(transformed.width) }]);
  expect(fit.needs).toMatchObject({ runtimeOperators: true });
  const applied = await transforms.applyTransforms({ name: fit.name, trainingSet: trainingSet.name });
  const { fileDigest } = await wait(connection, applied.operation, ApplyTransformsResultSchema);
  const written = await readStored(fileDigest, ["input"]);
  expect(written.flatMap(([row]) => row as readonly number[])).toEqual([...transformed.values]);
});

test("a model that was trained on the file gets the transforms in front of it", async () => {
  const { connection } = platform;
  const { registry, parent } = connection;
  const bytes = linearModel(weightsOf(transformed.width));
  const { digest } = await uploadBytes(connection, bytes, ArtifactKind.MODEL);
  const { model } = await registry.createModel({ parent, modelId: "late" });
  const origin = { trainingSet: trainingSet.name, trainingSetDigest: trainingSet.digest };
  const version = { digest, format: ModelFormat.ONNX, metrics: { auc: 0.7 }, ...origin };
  trained = (await registry.createModelVersion({ parent: model?.name ?? "", version })).version as ModelVersion;
  const made = await registry.attachTransforms({ modelVersion: trained.name, transformFitDigest: fit.digest });
  attached = made.version as ModelVersion;
  expect(attached).toMatchObject({
    name: `${model?.name}/versions/2`,
    derivedFrom: trained.name,
    transformFitDigest: fit.digest,
    ...origin,
    metrics: { auc: 0.7 },
  });
  expect(attached.signature?.inputs.map((it) => [it.name, it.datatype])).toEqual([
    ["sales__amount", "INT64"],
    ["price", "FP64"],
    ["city", "BYTES"],
    ["count", "INT64"],
    ["seen", "INT64"],
    ["paid", "INT64"],
  ]);
});

test("a release of it names the fit, and is verified with it", async () => {
  const { connection } = platform;
  const { releases, parent } = connection;
  const made = await releases.createRelease({
    parent,
    manifest: {
      models: { score: { modelVersion: attached.name } },
      graph: {
        nodes: [{ name: "score", kind: { case: "model", value: { outputTensor: "score" } } }],
        outputNode: "score",
      },
    },
  });
  release = made.release as Release;
  expect(release.manifest?.models["score"]?.transformFitDigest).toBe(fit.digest);
  const { verified, parts } = await releases.verifyRelease({ name: release.name });
  expect(verified).toBe(true);
  expect(parts.map((it) => it.part)).toContain("transforms.score");
});

test("served with raw features it answers as the transforms and the model elsewhere, bit for bit, row by row and all at once", async () => {
  const { connection } = platform;
  await deploy(connection, "late", release);
  const weights = weightsOf(transformed.width);
  const expected = Array.from({ length: ROWS }, (_, i) =>
    linearScore(weights, transformed.values.subarray(i * transformed.width) as Float32Array),
  );
  expect(new Set(expected).size).toBeGreaterThan(ROWS / 2);
  expect(await scores(0, ROWS)).toEqual(expected);
  for (let i = 0; i < ROWS; i++) expect(await scores(i, i + 1)).toEqual([expected[i]]);
});

/** What the platform answers for rows of raw columns. */
async function scores(from: number, to: number): Promise<readonly number[]> {
  const inputs = [...columns].map(([name, column]) => tensorOf(name, column, [from, to]));
  const { outputs } = await platform.connection.openInference.modelInfer({ modelName: "late", inputs });
  expect(outputs.map((it) => [it.name, it.datatype, it.shape])).toEqual([["score", "FP32", [BigInt(to - from), 1n]]]);
  return outputs[0]?.contents?.fp32Contents ?? [];
}

function tensorOf(name: string, column: RawColumn, [from, to]: readonly [number, number]) {
  const shape = [BigInt(to - from), 1n];
  if (column.type === "string") {
    const bytesContents = column.values.slice(from, to).map((it) => Uint8Array.from(Buffer.from(it, "utf8")));
    return { name, datatype: "BYTES", shape, contents: { bytesContents } };
  }
  const values = [...column.values.slice(from, to)];
  return column.type === "float64"
    ? { name, datatype: "FP64", shape, contents: { fp64Contents: values as number[] } }
    : { name, datatype: "INT64", shape, contents: { int64Contents: values as bigint[] } };
}

test("asked by entity it answers the same, bit for bit, for every row of the training set as of its cut-off", async () => {
  const { connection } = platform;
  const { features, releases, inference, parent } = connection;
  const featureService = trainingSet.featureService;
  await wait(connection, (await features.materialize({ featureService })).operation, MaterializeResultSchema);
  const made = await releases.createRelease({
    parent,
    manifest: {
      models: { score: { modelVersion: attached.name } },
      graph: {
        nodes: [{ name: "score", kind: { case: "model", value: { outputTensor: "score" } } }],
        outputNode: "score",
      },
      features: { featureService },
    },
  });
  const deployment = await deploy(connection, "late-by-entity", made.release as Release);
  const weights = weightsOf(transformed.width);
  for (const [i, row] of rows.entries()) {
    const [shop = null, cutoff, price = null, city = null, count = null, seen = null, paid = null] = row;
    const entity = values({ shop, price, city, count, seen, paid });
    const asOf = fromNs((cutoff as { readonly ns: bigint }).ns);
    const { score } = await inference.predict({ deployment, entity, asOf });
    const rowOf = transformed.values.subarray(i * transformed.width) as Float32Array;
    expect(score, `row ${i}`).toBe(linearScore(weights, rowOf));
  }
});

test("the thread leads from the release to the rows that its constants were learned from", async () => {
  const { lineage, parent } = platform.connection;
  const upstream = await lineage.getLineage({
    project: parent,
    start: release.digest,
    direction: LineageDirection.UPSTREAM,
    depth: 100,
  });
  expect(upstream.artifacts.map((it) => it.digest)).toEqual(
    expect.arrayContaining([attached.digest, trained.digest, fit.digest, trainingSet.fileDigest]),
  );
  expect(platform.bugs).toEqual([]);
});
