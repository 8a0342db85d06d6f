import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { type FeatureValue, rowDigest, systemClock, timeOrderedIds } from "@throughline/kernel";
import { afterAll, describe, expect, test } from "vitest";
import type { GraphTrace } from "../domain/graph/trace.ts";
import type { Prediction, RowsEntry } from "../domain/prediction.ts";
import { rowId } from "../domain/row-prediction.ts";
import type { Tensor } from "../domain/tensor.ts";
import { type OpenedLog, openPredictionLog } from "./open-log.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-rows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const D = "projects/p/deployments/d";
const facts = { release: "r", digest: "d", features: ["a", "b"], viewVersions: {}, path: [], thresholds: {} };

async function place(pendingBytesMax = 1e6) {
  const dir = join(root, String(count++));
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const outside = { blobs, inputsDir: join(dir, "inputs"), inputsBytesMax: 1e6, retryMs: 5, onProblem: () => {} };
  const options = { newId: timeOrderedIds(systemClock), sync: false, segmentBytesMax: 1e6, pendingBytesMax, outside };
  return () => openPredictionLog({ dir: join(dir, "log"), ...options });
}

const singles = (rows: readonly (readonly number[])[]): Tensor => ({
  name: "x",
  datatype: "FP32",
  shape: [rows.length, rows[0]?.length ?? 0],
  bytes: new Uint8Array(new Float32Array(rows.flat()).buffer),
});

const rowsEntry = (
  tensors: readonly Tensor[],
  scores: readonly number[],
  more: Partial<RowsEntry> = {},
): RowsEntry => ({
  facts,
  tensors,
  scores,
  entity: { user: "ada" },
  asOfNs: 5n,
  timeMs: 7,
  latencyUs: 9,
  ...more,
});

const valuesOf = (it: Prediction | undefined): readonly FeatureValue[] | undefined =>
  it?.vector.map(({ value }) => value);

const ids = (all: readonly Prediction[]): readonly string[] => all.map((it) => it.id);

const pages = async (log: OpenedLog, limit: number): Promise<readonly string[]> => {
  const found: Prediction[] = [];
  for (;;) {
    const before = found.at(-1)?.position;
    const page = await log.backwards(D, { limit, ...(before && { before }) });
    found.push(...page);
    if (page.length < limit) return ids(found);
  }
};

const ROWS = [
  [1, 2],
  [0.5, -1],
  [3, 4],
];

describe("the rows of a request", () => {
  test("are predictions to all that read, also after the log is opened again, and failures of a model where it gave no score", async () => {
    const open = await place();
    const log = await open();
    const first = await log.appendRows(D, rowsEntry([singles(ROWS)], [0.1, Number.NaN, 0.3]));
    const second = await log.appendRows(D, rowsEntry([singles(ROWS)], [1, 2, 3]));
    const expected = [first, second].flatMap(({ id }) => [0, 1, 2].map((it) => rowId(id, it)));
    const check = async (of: OpenedLog): Promise<void> => {
      const all = await Array.fromAsync(of.forwards(D));
      expect(ids(all)).toEqual(expected);
      expect(all.map(valuesOf)).toEqual([...ROWS, ...ROWS]);
      expect(all.map((it) => it.rowDigest)).toEqual([...ROWS, ...ROWS].map((it) => rowDigest(it)));
      expect(
        all.map(({ score, entity, timeMs, latencyUs, asOfNs }) => [score, entity, timeMs, latencyUs, asOfNs]),
      ).toEqual([0.1, Number.NaN, 0.3, 1, 2, 3].map((score) => [score, { user: "ada" }, 7, 9, 5n]));
      for (const limit of [1, 2, 3, 4, 9]) expect(await pages(of, limit)).toEqual(expected.toReversed());
      for (const it of all) expect((await of.read(D, it.id))?.rowDigest).toBe(it.rowDigest);
      const records = await Array.fromAsync(of.records(D, { sinceMs: 0 }));
      expect(records.map((it) => (it.kind === "prediction" ? it.id : it.kind))).toEqual(
        expected.toSpliced(1, 1, "failure"),
      );
      expect(of.tally(D).get("r")).toMatchObject({ predictionCount: 5, refusedCount: 0, failureCount: 1 });
      for (const id of [first.id, rowId(first.id, 3), `${first.id}.00`, `${first.id}.`])
        expect(await of.find(D, id)).toBeUndefined();
    };
    await check(log);
    await log.close();
    const again = await open();
    await check(again);
    await again.close();
  });

  test("have no score where an older record has an infinite one", async () => {
    const open = await place();
    const log = await open();
    await log.appendRows(D, rowsEntry([singles(ROWS)], [0.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]));
    await log.close();
    const again = await open();
    expect((await Array.fromAsync(again.forwards(D))).map((it) => it.score)).toEqual([0.5, Number.NaN, Number.NaN]);
    const records = await Array.fromAsync(again.records(D, { sinceMs: 0 }));
    expect(records.map((it) => it.kind)).toEqual(["prediction", "failure", "failure"]);
    await again.close();
  });

  test("have the values of all tensors, whatever their types", async () => {
    const log = await (await place())();
    const texts = Buffer.from("\x01\0\0\0a\x02\0\0\0bc", "latin1");
    const tensors: readonly Tensor[] = [
      { name: "n", datatype: "INT64", shape: [2, 1], bytes: new Uint8Array(BigInt64Array.of(7n, -7n).buffer) },
      { name: "t", datatype: "BYTES", shape: [2, 1], bytes: texts },
    ];
    const { id } = await log.appendRows(D, rowsEntry(tensors, [1, 2]));
    expect(valuesOf(await log.read(D, rowId(id, 0)))).toEqual([7n, "a"]);
    expect(valuesOf(await log.read(D, rowId(id, 1)))).toEqual([-7n, "bc"]);
    await log.close();
  });

  test("of a graph are predictions with their traces, also those that a gate refused", async () => {
    const open = await place();
    const log = await open();
    const trace = (score: number): GraphTrace => ({
      path: ["m"],
      scores: [score],
      choices: [],
      absent: [],
      verdicts: [],
      enriched: [],
      isRefused: Number.isNaN(score),
    });
    const scores = [1, Number.NaN, 3];
    const apart = { inlineBytesMax: 10 };
    for (const more of [{}, apart])
      await log.appendRows(D, rowsEntry([singles(ROWS)], scores, { traces: scores.map(trace), ...more }));
    const check = async (of: OpenedLog): Promise<void> => {
      const all = await Array.fromAsync(of.forwards(D));
      expect(all.map((it) => it.trace)).toEqual([...scores, ...scores].map(trace));
      expect(all.map((it) => it.score)).toEqual([...scores, ...scores]);
      expect(all.map((it) => it.payload !== undefined)).toEqual([false, false, false, true, true, true]);
      expect(all.map(valuesOf)).toEqual([...ROWS, ...ROWS]);
      expect(of.tally(D).get("r")).toMatchObject({ predictionCount: 4, refusedCount: 2 });
    };
    await check(log);
    await log.close();
    const again = await open();
    await check(again);
    await again.close();
  });

  test("that are not in the sample count, and their ids say what they are", async () => {
    const open = await place();
    const log = await open();
    const { id } = await log.appendRows(D, rowsEntry([singles(ROWS)], [1, 2, 3], { isSampled: false }));
    const check = async (of: OpenedLog): Promise<void> => {
      expect(await of.backwards(D, { limit: 9 })).toEqual([]);
      expect(await Array.fromAsync(of.records(D, { sinceMs: 0 }))).toEqual([]);
      expect(await Array.fromAsync(of.unsampled(D))).toEqual(Array(3).fill({ release: "r", timeMs: 7, asOfNs: 5n }));
      expect(await of.find(D, rowId(id, 2))).toEqual({ isSampled: false, answer: undefined });
      expect(of.tally(D).get("r")).toMatchObject({ predictionCount: 3, unsampledCount: 3, scoreSum: 6 });
    };
    await check(log);
    await log.close();
    const again = await open();
    await check(again);
    await again.close();
  });

  test("that are too large for the log are in the blob store together, and read the same", async () => {
    const open = await place();
    const log = await open();
    const wide = [0, 1].map((row) => Array.from({ length: 400 }, (_, i) => row + i));
    const { id } = await log.appendRows(D, rowsEntry([singles(wide)], [1, 2], { inlineBytesMax: 1_024 }));
    const inline = await log.appendRows(D, rowsEntry([singles(ROWS)], [1, 2, 3], { inlineBytesMax: 1_024 }));
    await log.inputsSettled();
    const found = await Array.fromAsync(log.forwards(D));
    expect(found.map(valuesOf)).toEqual([...wide, ...ROWS]);
    expect((await log.read(D, rowId(inline.id, 0)))?.payload).toBeUndefined();
    const reference = (await log.read(D, rowId(id, 1)))?.payload;
    expect(await Array.fromAsync(log.references())).toEqual([reference?.digest]);
    await log.close();
    const again = await open();
    expect((await Array.fromAsync(again.forwards(D))).map(valuesOf)).toEqual([...wide, ...ROWS]);
    await again.close();
  });

  test("are in the log together, or refused together", async () => {
    const log = await (await place(40_000))();
    const wide = Array.from({ length: 100 }, (_, i) => Array.from({ length: 64 }, (_, k) => i + k));
    const scores = wide.map((_, i) => i);
    const appended = await Promise.allSettled(
      [0, 1, 2].map(() => log.appendRows(D, rowsEntry([singles(wide)], scores))),
    );
    expect(appended.map((it) => it.status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await Array.fromAsync(log.forwards(D))).toHaveLength(100);
    await log.close();
  });
});
