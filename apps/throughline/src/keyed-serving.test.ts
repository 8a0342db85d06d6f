import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { download, wait } from "@throughline/client";
import { BadRequestSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { BatchPredictResultSchema } from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import { reasonOf } from "@throughline/rpc";
import { openTables, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlatformForTests, platformForTests } from "./testing-platform.ts";
import {
  applyFeatures,
  createShop,
  deploy,
  makeRelease,
  pushSales,
  registerModel,
  uploadBytes,
  values,
} from "./testing-shop.ts";

/** Single requests and a batch, both with features from the real feature store. */
let platform: PlatformForTests;
let tables: TableEngine;
let deployment = "";

beforeAll(async () => {
  platform = await platformForTests();
  const { connection, dir } = platform;
  tables = await openTables({ dataDir: join(dir, "test-tables"), memoryLimitMiB: 128, threads: 1 });
  await createShop(connection);
  const nowS = BigInt(Math.floor(Date.now() / 1_000));
  const sales = Array.from({ length: 12 }, (_, i) => ({
    shop: `shop-${i % 4}`,
    amount: BigInt((i * 7) % 5),
    timeS: nowS - 36_000n - BigInt(i),
  }));
  await pushSales(connection, sales);
  const service = await applyFeatures(connection, 3n);
  const version = await registerModel(connection, { id: "shops", fixture: "logistic3" });
  const release = await makeRelease(connection, { version, fixture: "logistic3", service });
  deployment = await deploy(connection, "shops", release);
});

afterAll(async () => {
  await tables?.close();
  await platform?.stop();
});

/** Rows of the shops, of which the last two are not there, and of hours, of which some are not. */
const ROWS = Array.from({ length: 100 }, (_, i): readonly FeatureValue[] => [
  `shop-${i % 6}`,
  i % 7 === 3 ? null : i / 8,
]);

/** What the platform has counted of the rows of batches, by how they were answered. */
async function rowsCounted(): Promise<readonly string[]> {
  const text = await (await fetch(`${platform.httpUrl}/metrics`)).text();
  return text.split("\n").filter((it) => /^throughline_batch_rows_total\{.*\} [1-9]/.test(it));
}

test("the features of a batch come by column, and have the values and the order of single requests", async () => {
  const { connection, dir } = platform;
  const input = join(dir, "rows.parquet");
  const columns = [
    { name: "shop", type: "string" as const },
    { name: "hour", type: "float64" as const },
  ];
  await tables.importRows({ output: input, columns }, ROWS);
  const { digest } = await uploadBytes(connection, Uint8Array.from(await readFile(input)));
  const { operation } = await connection.batches.batchPredict({ deployment, inputDigest: digest });
  const result = await wait(connection, operation, BatchPredictResultSchema);
  expect(result.problemCounts).toEqual({});
  const path = join(dir, "answers.parquet");
  await download(connection, result.digest, path);
  const plan = { sql: "SELECT shop, hour, prediction_score, prediction_row_digest FROM a", inputs: { a: [path] } };
  const answers: FeatureValue[][] = [];
  for await (const { columns: found, rowCount } of tables.queryColumns(plan))
    for (let row = 0; row < rowCount; row++)
      answers.push(
        found.map((it) => ("values" in it ? it.values[row] : it.nulls?.[row] ? null : it.numbers[row]) ?? null),
      );
  const wanted: FeatureValue[][] = [];
  for (const [shop = null, hour = null] of ROWS) {
    const { score, rowDigest } = await connection.inference.predict({ deployment, entity: values({ shop, hour }) });
    wanted.push([shop, hour, score, rowDigest]);
  }
  expect(answers).toEqual(wanted);
  expect(new Set(answers.map((it) => it[2])).size).toBeGreaterThan(50);
  expect(await rowsCounted()).toEqual([expect.stringMatching(/answered="together".* 100$/)]);
});

test.for([
  ["nothing", {}, 'features are found by "shop", and given is nothing'],
  ["a name that nothing has", { shp: "shop-1", hour: 3 }, 'features are found by "shop", and given is "shp", "hour"'],
] as const)(
  "a request with %s for a key is told which keys there are, and counts for no release",
  async ([, entity, told]) => {
    const { connection, httpUrl } = platform;
    const refused = await connection.inference.predict({ deployment, entity: values(entity) }).catch(ConnectError.from);
    if (!(refused instanceof ConnectError)) throw new Error("it was answered");
    expect([refused.code, reasonOf(refused)]).toEqual([Code.InvalidArgument, "ENTITY_KEY_MISSING"]);
    const [violation] = refused.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations);
    expect(violation).toMatchObject({ field: "entity", description: expect.stringContaining(told) });
    const rest = await fetch(`${httpUrl}/v1/${deployment}:predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ entity: Object.fromEntries(Object.keys(entity).map((it) => [it, { stringValue: "x" }])) }),
    });
    expect([rest.status, await rest.text()]).toEqual([400, expect.stringContaining("ENTITY_KEY_MISSING")]);
    const { releases } = await connection.inference.getDeploymentMetrics({ deployment });
    expect(releases.map((it) => it.errorCount)).toEqual([0n]);
  },
);

test("a key that is not known may be null, and has no features", async () => {
  const { connection } = platform;
  const { prediction: name } = await connection.inference.predict({
    deployment,
    entity: values({ shop: null, hour: 3 }),
  });
  const { prediction } = await connection.inference.getPrediction({ name });
  expect(prediction?.vector?.values.map((it) => it.status)).toEqual([
    FeatureStatus.MISSING,
    FeatureStatus.MISSING,
    FeatureStatus.PRESENT,
  ]);
});
