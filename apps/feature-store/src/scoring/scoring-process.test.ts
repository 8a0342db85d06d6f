import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOfBytes, isDomainError } from "@throughline/kernel";
import { type DataColumn, permutationImportances } from "@throughline/selection";
import type { Row } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModelTensor, modelUse } from "../domain/necessity/model-use.ts";
import type { Scored, ScoringTask } from "../domain/necessity/scoring.ts";
import { scoringProcesses } from "./scoring-process.ts";
import { columnsModel, endlessModel, logisticModel } from "./testing-models.ts";

let folder: string;
let models = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scoring-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const VECTOR = {
  inputs: { kind: "vector", tensor: "input" },
  rowsAtOnce: undefined,
  outputTensor: "score",
  outputColumn: 0,
} as const;
const LIMITS = { memoryMiB: 1_024, timeoutMs: 60_000 };

interface Asked extends Partial<ScoringTask> {
  readonly bytes: Uint8Array;
  readonly rows: readonly (readonly Row[])[];
}

async function scored(
  { bytes, rows, ...said }: Asked,
  signal = new AbortController().signal,
  limits = LIMITS,
): Promise<Scored> {
  const modelFile = join(folder, `${models++}.onnx`);
  await writeFile(modelFile, bytes);
  const features = said.features ?? ["a", "b", "c"];
  const task = { modelVersion: "projects/p/models/m/versions/1", modelFile, digest: digestOfBytes(bytes), use: VECTOR };
  const asked = {
    ...task,
    features,
    loss: undefined,
    groups: features.map((it) => [it]),
    repeats: 3,
    seed: 7,
    ...said,
  };
  return scoringProcesses(limits).importances(asked, fromList(rows), signal);
}

async function* fromList<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

const reasonOf = (failing: Promise<unknown>) =>
  failing.then(
    () => "it worked",
    (error: unknown) => (isDomainError(error) ? `${error.reason}: ${error.message}` : error),
  );

/** `b` may be missing; `c` is told by nothing. */
const ROWS: readonly Row[] = Array.from({ length: 1_500 }, (_, i) => {
  const [a, b] = [Math.sin(i) * 2, BigInt(i % 5)];
  const label = Math.sin(i * 12.9898) * 0.5 + 0.5 < 1 / (1 + Math.exp(-a)) ? 1 : 0;
  return [a, b, i % 2 === 0, label];
});

test.each([
  ["any number of rows", "rows"],
  ["one row at once", 1],
] as const)("a model of %s gives the importances of libs/selection, to the last bits of float32", async (_, at) => {
  const weights = [1, 0.5, 0];
  const rows = at === 1 ? ROWS.slice(0, 60) : ROWS;
  const use = { ...VECTOR, rowsAtOnce: at === 1 ? (1 as const) : undefined };
  // In two pieces, so that rows are added behind each other.
  const found = await scored({ bytes: logisticModel(weights, at), rows: [rows.slice(0, 50), rows.slice(50)], use });
  const columns = ["a", "b", "c"].map(
    (name, i): DataColumn => ({ kind: "numeric", name, values: Float64Array.from(rows, (it) => Number(it[i])) }),
  );
  const probability = (given: readonly DataColumn[], row: number): number => {
    const values = given.map((it) => (it.kind === "numeric" ? (it.values[row] ?? 0) : 0));
    return 1 / (1 + Math.exp(-values.reduce((sum, it, i) => sum + it * (weights[i] ?? 0), 0)));
  };
  const expected = await permutationImportances({
    columns,
    repeats: 3,
    seed: 7,
    predict: (given) => Float64Array.from(rows, (_, row) => probability(given, row)),
    loss: (p, row) => -Math.log(rows[row]?.[3] === 1 ? p : 1 - p),
  });
  expect(found).toMatchObject({ loss: "LOG_LOSS", rowCount: rows.length });
  expect(found.importances.map((it) => it.columns)).toEqual([["a"], ["b"], ["c"]]);
  for (const [i, it] of expected.entries())
    for (const end of ["estimate", "low", "high"] as const)
      expect(found.importances[i]?.rise[end]).toBeCloseTo(it.rise[end], 5);
  expect(found.importances[2]?.rise.estimate).toBe(0);
});

test("raw columns of any type are put in as serving does it, missing ones too", async () => {
  const tensor = (name: string, datatype: string, shape: readonly number[]): ModelTensor => ({ name, datatype, shape });
  const signature = {
    inputs: [tensor("count", "INT64", [-1]), tensor("city", "BYTES", [-1, 1]), tensor("price", "FP32", [-1, 1])],
    outputs: [tensor("score", "FP32", [-1, 1])],
  };
  const types = [
    ["price", "float64"],
    ["city", "string"],
    ["count", "int64"],
    ["unread", "string"],
  ] as const;
  const columns = types.map(([name, type]) => ({ name, type }));
  const asked = { modelVersion: "m", signature, features: columns, outputTensor: "", outputColumn: 0 };
  const rows: readonly Row[] = Array.from({ length: 40 }, (_, i) => {
    const city = i % 4 === 0 ? null : i % 2 === 0 ? "Oslo" : "Rome";
    return [i / 2, city, BigInt(i), "x", (city === "Oslo" ? 1 : 0) + i + i / 2];
  });
  const features = columns.map((it) => it.name);
  const found = await scored({
    bytes: columnsModel(),
    rows: [rows],
    features,
    use: modelUse(asked),
    loss: "ABSOLUTE_ERROR",
  });
  // It predicts exactly what the label is.
  expect(found.baseLoss).toBe(0);
  const rises = new Map(found.importances.map((it) => [it.columns[0], it.rise.estimate]));
  expect(rises.get("unread")).toBe(0);
  for (const it of ["price", "city", "count"]) expect(rises.get(it), it).toBeGreaterThan(0);
});

test("rows that the model predicts no number for are left out, and the others tell the same as without them", async () => {
  const gaps = ROWS.slice(0, 200).flatMap((row, i): readonly Row[] =>
    i % 10 === 0 ? [[null, 1n, true, 1], row] : [row],
  );
  const whole = await scored({ bytes: logisticModel([1, 0.5, 0]), rows: [ROWS.slice(0, 200)] });
  const found = await scored({ bytes: logisticModel([1, 0.5, 0]), rows: [gaps] });
  expect(found).toEqual({ ...whole, leftOutRowCount: 20 });
});

test("groups are shuffled together", async () => {
  const groups = [["a", "b"], ["c"]];
  const { importances } = await scored({ bytes: logisticModel([1, 0.5, 0]), rows: [ROWS], groups });
  expect(importances.map((it) => it.columns)).toEqual(groups);
  expect(importances[0]?.rise.low).toBeGreaterThan(0);
});

test("a model that never ends is ended when its time is over, and when nobody wants it any more", async () => {
  const endless = { bytes: endlessModel(), rows: [[[1, 0]] as readonly Row[]], features: ["a"] };
  expect(await reasonOf(scored(endless, undefined, { ...LIMITS, timeoutMs: 1_500 }))).toMatch(
    /^MODEL_FAILED: .*more than 1500 ms/,
  );
  const abort = new AbortController();
  const reason = new Error("nobody waits");
  const waiting = reasonOf(scored(endless, abort.signal));
  abort.abort(reason);
  expect(await waiting).toBe(reason);
});

test("what is no model, no prediction or no label fails with what is wrong", async () => {
  const rows = [ROWS.slice(0, 10)];
  expect(await reasonOf(scored({ bytes: Buffer.from("nothing"), rows }))).toMatch(/^MODEL_FAILED: /);
  const digest = digestOfBytes("other");
  expect(await reasonOf(scored({ bytes: logisticModel([1, 1, 1]), rows, digest }))).toContain("has the digest");
  const gap: readonly Row[] = [[null, 1n, true, 1]];
  expect(await reasonOf(scored({ bytes: logisticModel([1, 1, 1]), rows: [gap] }))).toContain(
    "predicts no number for any row",
  );
  expect(await reasonOf(scored({ bytes: logisticModel([1, 1, 1]), rows: [] }))).toMatch(
    /^MODEL_NOT_APPLICABLE: .*no row has a label/,
  );
  const scores = { bytes: columnsModel(), features: ["count", "city", "price"], loss: "LOG_LOSS" as const };
  const tensors = [
    { name: "count", type: "INT64", rank: 1 },
    { name: "city", type: "BYTES", rank: 2 },
    { name: "price", type: "FP32", rank: 2 },
  ] as const;
  const use = { ...VECTOR, inputs: { kind: "columns", tensors } } as const;
  expect(await reasonOf(scored({ ...scores, use, rows: [[[7n, "Oslo", 1, 1]]] }))).toContain(
    "predicts 9, which is no probability",
  );
  expect(await reasonOf(scored({ ...scores, use, rows: [[[7n, "Oslo", 1, 2]]] }))).toContain(
    "a log loss needs a label of 0 and 1",
  );
});
