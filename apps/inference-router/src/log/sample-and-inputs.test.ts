import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { canonicalRowBytes, type Digest, digestOfBytes, systemClock, timeOrderedIds } from "@throughline/kernel";
import { afterAll, describe, expect, test } from "vitest";
import type { PredictionEntry } from "../domain/prediction.ts";
import { type LogOptions, openPredictionLog } from "./open-log.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-inputs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newId = timeOrderedIds(systemClock);
const D = "projects/p/deployments/d";
const facts = { release: "r", digest: "d", features: ["a"], viewVersions: {}, path: [], thresholds: {} };

function entryOf(text: string, more: Partial<PredictionEntry> = {}): PredictionEntry {
  const vector = [{ value: text, status: "present" as const }];
  const entry = { facts, score: 0.5, vector, vectorBytes: canonicalRowBytes([text]), entity: { key: "k" } };
  return { ...entry, asOfNs: 5n, timeMs: 7, latencyUs: 9, ...more };
}

const LARGE = "x".repeat(2_000);
const LARGE_ENTRY = entryOf(LARGE, {
  inlineBytesMax: 1_024,
  request: { id: "q", digest: digestOfBytes(Buffer.from("q")) },
});

async function place() {
  const dir = join(root, String(count++));
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const problems: string[] = [];
  const open = (more: { readonly blobs?: BlobStore; readonly inputsBytesMax?: number } & Partial<LogOptions> = {}) => {
    const { blobs: store = blobs, inputsBytesMax = 1e6, ...options } = more;
    const onProblem = (_: string, error: unknown): void => void problems.push(String(error));
    const outside = { blobs: store, inputsDir: join(dir, "inputs"), inputsBytesMax, retryMs: 5, onProblem };
    const sizes = { segmentBytesMax: 1e6, pendingBytesMax: 1e6 };
    return openPredictionLog({ dir: join(dir, "log"), newId, sync: false, ...sizes, outside, ...options });
  };
  const waiting = (): readonly string[] => readdirSync(join(dir, "inputs"));
  return { dir, blobs, problems, open, waiting };
}

/** A log whose process is gone: what it holds in memory is lost, and nothing more is written. */
const crashed = (dir: string): void => rmSync(join(dir, "log", "lock"));

const stored = async (blobs: BlobStore): Promise<readonly Digest[]> =>
  (await blobs.list({ limit: 100 })).map((it) => it.digest);

describe("predictions that are not in the sample", () => {
  test("count, are in no list, and their ids say what they are, also after the log is opened again", async () => {
    const { open } = await place();
    const log = await open();
    const request = { id: "retry", digest: digestOfBytes(Buffer.from("r")) };
    const kept = await log.append(D, entryOf("kept"));
    const left = await log.append(D, entryOf("left", { isSampled: false, score: 0.25 }));
    const retried = await log.append(D, entryOf("retried", { isSampled: false, request }));
    const check = async (of: typeof log): Promise<void> => {
      expect((await Array.fromAsync(of.forwards(D))).map((it) => it.id)).toEqual([kept.id]);
      expect((await of.backwards(D, { limit: 9 })).map((it) => it.id)).toEqual([kept.id]);
      expect((await Array.fromAsync(of.records(D, { sinceMs: 0 }))).map((it) => "id" in it && it.id)).toEqual([
        kept.id,
      ]);
      expect(await of.read(D, left.id)).toBeUndefined();
      expect(await of.find(D, left.id)).toEqual({ isSampled: false, answer: undefined });
      const found = await of.find(D, retried.id);
      expect(found).toMatchObject({ isSampled: false, answer: { isSampled: false, request, score: 0.5 } });
      expect(await Array.fromAsync(of.unsampled(D))).toHaveLength(2);
      expect(of.tally(D).get("r")).toMatchObject({ predictionCount: 3, unsampledCount: 2, scoreSum: 1.25 });
      expect(await Array.fromAsync(of.withRequests(D, 0))).toEqual([{ id: retried.id, request, timeMs: 7 }]);
    };
    await check(log);
    await log.close();
    const again = await open();
    await check(again);
    await again.close();
  });
});

describe("inputs that are too large for the log", () => {
  test("are read back from the blob store as if they stood in the log", async () => {
    const { open, blobs, waiting } = await place();
    const log = await open();
    const { id } = await log.append(D, LARGE_ENTRY);
    const small = await log.append(D, entryOf("small", { inlineBytesMax: 1_024 }));
    const before = await log.read(D, id);
    await log.inputsSettled();
    expect(waiting()).toEqual([]);
    const [digest] = await stored(blobs);
    expect(before).toMatchObject({ payload: { digest }, entity: { key: "k" }, request: LARGE_ENTRY.request });
    expect(before?.vector[0]?.value).toBe(LARGE);
    expect(await log.read(D, id)).toEqual(before);
    expect((await Array.fromAsync(log.forwards(D))).map((it) => it.id)).toEqual([id, small.id]);
    expect(await Array.fromAsync(log.withRequests(D, 0))).toMatchObject([{ id }]);
    expect(log.tally(D).get("r")?.predictionCount).toBe(2);
    await log.close();
  });

  test("survive the end of the process before the blob store had them", async () => {
    const { dir, open, blobs, waiting, problems } = await place();
    const away = { ...blobs, put: () => Promise.reject(new Error("away")) } as BlobStore;
    const log = await open({ blobs: away });
    const { id } = await log.append(D, LARGE_ENTRY);
    await log.inputsSettled();
    expect(problems).toContain("Error: away");
    expect((await log.read(D, id))?.vector[0]?.value).toBe(LARGE);
    crashed(dir);
    const again = await open();
    await again.inputsSettled();
    expect(waiting()).toEqual([]);
    expect(await stored(blobs)).toHaveLength(1);
    expect((await again.read(D, id))?.vector[0]?.value).toBe(LARGE);
    await again.close();
    // Its files would otherwise be closed by the collector of garbage, which is an error.
    await log.close();
  });

  test("whose record a crash prevented are removed when the log is opened again, in the durable setting too", async () => {
    for (const sync of [false, true]) {
      const { dir, open, blobs, waiting } = await place();
      const log = await open({ sync, pendingBytesMax: 0 });
      const halfway = { ...blobs, delete: () => Promise.reject(new Error("the process is gone")) } as BlobStore;
      await log.close();
      const stuck = await open({ sync, pendingBytesMax: 0, blobs: halfway });
      await expect(stuck.append(D, LARGE_ENTRY)).rejects.toMatchObject({ reason: "PREDICTION_LOG_BUSY" });
      crashed(dir);
      const again = await open({ sync });
      expect(waiting()).toEqual([]);
      await again.close();
      expect(await stored(blobs)).toEqual([]);
      await stuck.close();
    }
  });

  test("are refused, and say when to come again, where too many of them wait for the blob store", async () => {
    const { open, blobs } = await place();
    const gate = Promise.withResolvers<void>();
    const slow = {
      ...blobs,
      put: (source, options) => gate.promise.then(() => blobs.put(source, options)),
    } as BlobStore;
    const log = await open({ blobs: slow, inputsBytesMax: 5_000 });
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => log.append(D, LARGE_ENTRY)));
    const refusals = results.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
    expect(refusals).toHaveLength(2);
    expect(refusals[0]).toMatchObject({ kind: "exhausted", reason: "PREDICTION_INPUTS_WAITING", retryAfterMs: 1_000 });
    expect(log.counts()).toMatchObject({ inputs: { refusedCount: 2, waitingCount: 2 } });
    await log.append(D, entryOf("small"));
    gate.resolve();
    await log.inputsSettled();
    await log.append(D, LARGE_ENTRY);
    expect(await Array.fromAsync(log.forwards(D))).toHaveLength(4);
    await log.close();
  });

  test("are in the blob store before the answer in the durable setting", async () => {
    const { open, blobs } = await place();
    const log = await open({ sync: true });
    const { id } = await log.append(D, LARGE_ENTRY);
    expect(await stored(blobs)).toEqual([(await log.read(D, id))?.payload?.digest]);
    await log.close();
    const away = { ...blobs, put: () => Promise.reject(new Error("away")) } as BlobStore;
    const without = await open({ sync: true, blobs: away });
    await expect(without.append(D, LARGE_ENTRY)).rejects.toMatchObject({ reason: "PREDICTION_LOG_UNAVAILABLE" });
    expect(await Array.fromAsync(without.forwards(D))).toHaveLength(1);
    await without.close();
  });
});

test("a release's facts that there was no room for are written with the next record", async () => {
  const { open } = await place();
  const log = await open({ pendingBytesMax: 400 });
  const wide = { ...facts, release: "wide", features: Array.from({ length: 100 }, (_, i) => `feature-${i}`) };
  await log.append(D, entryOf("a"));
  await expect(log.append(D, entryOf("b", { facts: wide }))).rejects.toMatchObject({
    reason: "PREDICTION_LOG_BUSY",
    retryAfterMs: 100,
  });
  expect(log.counts().refusedCount).toBe(1);
  await log.close();
  const again = await open();
  const { id } = await again.append(D, entryOf("b", { facts: wide }));
  expect((await again.read(D, id))?.facts.features).toHaveLength(100);
  await again.close();
});
