import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { calibrating, calibrationBytes } from "@throughline/conformal";
import {
  type BatchPredictRequestSchema,
  type BatchPredictResult,
  BatchPredictResultSchema,
} from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import type { Operation } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { type Digest, digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import type { Column, Row } from "@throughline/tables";
import { beforeAll, describe, expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import { openPlatform, type Platform, type Router } from "./testing-router.ts";

let on: Platform;
let router: Router;
let release = "";
let deployments = 0;

beforeAll(async () => {
  on = await platform();
  router = await on.start({ runMsMax: 3_000, deathsMax: 20 });
  release = on.registry.release(await on.model("logistic3"), { output: "probabilities", column: 1 });
});

async function deployed(shares: Readonly<Record<string, number>> = { [release]: 10_000 }): Promise<string> {
  deployments += 1;
  const deployment = `projects/default/deployments/batch-${deployments}`;
  on.registry.deploy(deployment, shares);
  await router.serving(deployment, Object.keys(shares));
  return deployment;
}

const COLUMNS: readonly Column[] = [
  { name: "key", type: "string" },
  { name: "a", type: "float64" },
  { name: "b", type: "float64" },
  { name: "c", type: "int64" },
];

const PATIENCE = { timeout: 120_000, interval: 5 };

const NO_SETS = { labels: [], isRandomized: false, allowsEmpty: false, penalty: 0, penaltyRank: 0 };

/** Calibrations of releases with one score and with two, and the columns that a batch has for them. */
const CALIBRATED = {
  intervals: {
    columns: [1],
    spec: { method: "ABSOLUTE_RESIDUAL", columnCount: 1 },
    names: ["interval_low", "interval_high"],
  },
  quantiles: {
    columns: [0, 1],
    spec: { method: "QUANTILE_REGRESSION", columnCount: 2 },
    names: ["scores", "interval_low", "interval_high"],
  },
  sets: {
    columns: [1],
    spec: { method: "ADAPTIVE_SET", columnCount: 1, labels: ["on_time", "late"], isRandomized: true },
    names: ["label_set"],
  },
} as const;

/** Rows of awkward numbers, some without a value. */
const rowsOf = (count: number): readonly Row[] =>
  Array.from({ length: count }, (_, i) => [`k${i}`, i / 3, i % 7 === 0 ? null : -1 / (i + 1), BigInt(i % 5)]);

async function table(rows: readonly Row[], columns: readonly Column[] = COLUMNS): Promise<Digest> {
  const output = join(on.dir, `input-${deployments}-${rows.length}-${columns.length}.parquet`);
  await on.tables.importRows({ output, columns }, rows);
  return (await on.blobs.put(createReadStream(output))).digest;
}

async function ended(start: { readonly operation?: Operation | undefined }, at: Router = router): Promise<Operation> {
  let last = start.operation;
  for await (const it of at.operations.watchOperation({ name: last?.name ?? "" })) last = it.operation;
  if (last === undefined) throw new Error("there is no operation");
  return last;
}

async function predicted(request: MessageInitShape<typeof BatchPredictRequestSchema>): Promise<BatchPredictResult> {
  const { response, error } = await ended(await router.batches.batchPredict(request));
  const result = response && anyUnpack(response, BatchPredictResultSchema);
  if (!result) throw new Error(`${error?.reason}: ${error?.message}`);
  return result;
}

async function read({ digest }: BatchPredictResult, platformOf: Platform = on): Promise<readonly Row[]> {
  const path = await platformOf.blobs.localFile(digest as Digest);
  return (await platformOf.tables.readRows({ segments: [path], limit: 100_000 })).rows;
}

const entityOf = (values: readonly FeatureValue[]) =>
  Object.fromEntries(COLUMNS.map(({ name }, i) => [name, valueToProto(values[i] ?? null)]));

describe("a batch", () => {
  test("has one row for each of its input, in order, with the bits and the row digest of a single request", async () => {
    const deployment = await deployed();
    const rows = rowsOf(250);
    const result = await predicted({ deployment, inputDigest: await table(rows) });
    expect(result).toMatchObject({ rowCount: 250n, problemCounts: {}, release });
    const answers = await read(result);
    expect(answers.map((it) => it.slice(0, 4))).toEqual(rows);
    for (const [i, values] of rows.entries()) {
      const { score, rowDigest } = await router.inference.predict({ deployment, entity: entityOf(values) });
      expect(answers[i]?.slice(4)).toEqual([score, rowDigest, null]);
    }
  });

  test("of vectors gives what the same features from the store give", async () => {
    const deployment = await deployed();
    const inputDigest = await table(rowsOf(40));
    const fetched = await read(await predicted({ deployment, inputDigest }));
    expect(await read(await predicted({ deployment, inputDigest, vectors: true }))).toEqual(fetched);
  });

  test("is bit for bit the same file when it is asked for again with the same instant", async () => {
    const deployment = await deployed();
    const request = { deployment, inputDigest: await table(rowsOf(30)), asOf: { seconds: 1_700_000_000n, nanos: 0 } };
    const first = await predicted(request);
    expect((await predicted(request)).digest).toBe(first.digest);
    expect(first.asOf?.seconds).toBe(1_700_000_000n);
  });

  test("says why a row has no score, and answers the others", async () => {
    const deployment = await deployed();
    const columns = COLUMNS.map((it) => (it.name === "b" ? ({ name: "b", type: "string" } as const) : it));
    const rows: readonly Row[] = [
      ["x", 1, null, 2n],
      ["y", 1, "no number", 2n],
    ];
    const result = await predicted({ deployment, inputDigest: await table(rows, columns), columnPrefix: "p_" });
    const [good, bad] = await read(result);
    expect(good?.[4]).toEqual(expect.any(Number));
    expect(bad?.slice(4)).toEqual([null, null, expect.stringMatching(/^[A-Z_]+$/)]);
    expect(Object.values(result.problemCounts)).toEqual([1n]);
  });

  test("of no rows is a file of no rows", async () => {
    const result = await predicted({ deployment: await deployed(), inputDigest: await table([]) });
    expect(result.rowCount).toBe(0n);
    expect(await read(result)).toEqual([]);
  });

  test("is not in the log of predictions, and on the thread between its rows, its release and its file", async () => {
    const deployment = await deployed();
    const inputDigest = await table(rowsOf(3));
    const { digest, releaseDigest } = await predicted({ deployment, inputDigest });
    expect((await router.inference.listPredictions({ parent: deployment })).predictions).toEqual([]);
    const events = on.recorded.find((it) => it.events.some((event) => event.digest === digest))?.events;
    expect(events).toEqual([
      { digest: releaseDigest, type: "INPUT", role: "release" },
      { digest: inputDigest, type: "INPUT", role: "rows" },
      { digest, type: "OUTPUT", role: "predictions" },
    ]);
  });

  test("waits for a release of its own when several serve, and takes one that serves nothing", async () => {
    const other = on.registry.release(await on.model("answers_a"));
    const deployment = await deployed({ [release]: 5_000, [other]: 5_000 });
    const inputDigest = await table(rowsOf(2));
    await expect(router.batches.batchPredict({ deployment, inputDigest })).rejects.toThrow(/name it in release/);
    const alone = await deployed();
    const result = await predicted({ deployment: alone, inputDigest, release: other });
    expect(result.release).toBe(other);
    expect((await read(result)).map((it) => it[4])).not.toContain(null);
  });

  test("has all scores and the interval or the labels that a single answer has, by the group of the row", async () => {
    for (const [id, { columns, spec, names }] of Object.entries(CALIBRATED)) {
      const work = calibrating({ alpha: 0.1, groupField: "key", groupRowsLeast: 20, score: { ...NO_SETS, ...spec } });
      for (let i = 1; i <= 100; i++) {
        const predictions = spec.columnCount === 1 ? [0] : [0.3, 0.7];
        for (const group of ["k1", "k2"]) {
          const actual = names[0] === "label_set" ? i % 2 : i / (group === "k1" ? 100 : 1_000);
          work.add({ predictions, actual, group, uniform: i / 101 });
        }
      }
      const bytes = calibrationBytes(work.finish(digestOfBytes(id)));
      const calibrationDigest = (await on.blobs.put(bytes)).digest;
      const value = { inputTensor: "input", outputTensor: "probabilities", outputColumns: [...columns] };
      const graph = { nodes: [{ name: "score", kind: { case: "model" as const, value } }], outputNode: "score" };
      const models = { score: await on.model("logistic3") };
      const deployment = await deployed({ [on.registry.graph({ graph, models, calibrationDigest })]: 10_000 });
      const rows = rowsOf(12);
      for (const vectors of [false, true]) {
        const result = await predicted({ deployment, inputDigest: await table(rows), vectors });
        const path = await on.blobs.localFile(result.digest as Digest);
        const { columns: found } = await on.tables.inspect({ path, format: "parquet" });
        expect(found.slice(7).map((it) => it.name)).toEqual(names.map((it) => `prediction_${it}`));
        const answers = await read(result);
        for (const [i, values] of rows.entries()) {
          const alone = await router.inference.predict({ deployment, entity: entityOf(values) });
          const { interval, scores, labelSet } = alone;
          const wanted = { scores, interval_low: interval?.low, interval_high: interval?.high, label_set: labelSet };
          expect(answers[i]?.slice(7)).toEqual(names.map((it) => wanted[it]));
        }
      }
    }
  });

  test("names every column that does not fit", async () => {
    const deployment = await deployed();
    const columns: readonly Column[] = [
      { name: "a", type: "float64" },
      { name: "prediction_score", type: "float64" },
    ];
    const inputDigest = await table([[1, 2]], columns);
    const failed = predicted({ deployment, inputDigest, vectors: true, asOfColumn: "a" });
    await expect(failed).rejects.toThrow(
      /BATCH_COLUMNS_UNFIT: .*"prediction_score" is there already.*"a" is no column of timestamps.*"b" has no column.*"c"/,
    );
  });
});

/** The processes of a model, by their niceness beside that of this one. */
async function processesOf(model: Digest): Promise<ReadonlyMap<number, readonly string[]>> {
  const children = (await readFile(`/proc/self/task/${process.pid}/children`, "utf8")).trim().split(" ");
  const found = new Map<number, readonly string[]>();
  for (const pid of children) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!line.includes(model)) continue;
    const niceness = getPriority(Number(pid)) - getPriority();
    found.set(niceness, [...(found.get(niceness) ?? []), pid]);
  }
  return found;
}

test.runIf(process.platform === "linux")(
  "a batch has processes of its own behind all others, and a row that ends them is nobody's loss but its own",
  async () => {
    const model = await on.model("endless_loop");
    const endless = on.registry.release(model);
    const deployment = await deployed({ [endless]: 10_000 });
    const predict = (a: number) => router.inference.predict({ deployment, entity: entityOf(["k", a, 3, 3n]) });
    await predict(3);
    const usual = (await processesOf(model)).get(0);
    const inputDigest = await table(Array.from({ length: 40 }, (_, i) => [`k${i}`, i === 7 ? 1_000 : 3, 3, 3n]));
    const predicting = predicted({ deployment, inputDigest });
    await expect.poll(() => processesOf(model).then((it) => [...it.keys()]), PATIENCE).toContain(19 - getPriority());
    const { score } = await predict(3);
    const result = await predicting;
    expect(result.problemCounts).toEqual({ MODEL_DEADLINE: 1n });
    const answers = await read(result);
    expect(answers.map((it) => it[4])).toEqual(answers.map((_, i) => (i === 7 ? null : score)));
    expect((await processesOf(model)).get(0)).toEqual(usual);
    expect(usual).toHaveLength(1);
  },
);

test("a batch that was killed goes on where it was, with one row for each of the input and the same answers", async () => {
  const script = fileURLToPath(new URL("./testing-batch-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--no-warnings", script, join(on.dir, "killed")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const operation = String((await lines.next()).value);
  const folder = join(on.dir, "killed", "log", "batches", operation.slice(operation.lastIndexOf("/") + 1));
  const whole = async () => (await readdir(folder).catch(() => [])).filter((it) => it.endsWith(".parquet"));
  while ((await whole()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const again = await openPlatform(join(on.dir, "killed"));
  again.registry.release(await again.model("logistic3"), { output: "probabilities", column: 1 });
  const restarted = await again.start({ batchPartRows: 500 });
  const { response } = await ended({ operation: { name: operation } as Operation }, restarted);
  const result = response && anyUnpack(response, BatchPredictResultSchema);
  if (!result) throw new Error("the batch did not end well");
  const rows = await read(result, again);
  expect(rows.map((it) => it[0])).toEqual(Array.from({ length: 4_200 }, (_, i) => `k${i}`));
  expect(rows.every((it) => typeof it[4] === "number" && it[6] === null)).toBe(true);
  expect(await whole()).toEqual([]);
  await again.close();
});
