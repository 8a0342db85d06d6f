import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore, openBlobs } from "@throughline/blobs";
import { canonicalRowBytes, type Digest, type FeatureValue, timeOrderedIds } from "@throughline/kernel";
import { openTables } from "@throughline/tables";
import { type Database, everyDatabase, type S3Server, s3ServersToTest } from "@throughline/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenedLog, openPredictionLog } from "../../log/open-log.ts";
import { exportFile } from "../../store/export-file.ts";
import { sealedLogStore } from "../../store/sealed-log-store.ts";
import type { PredictionEntry } from "../prediction.ts";
import type { SealedLog } from "./sealed-log.ts";
import { type Sealer, sealer } from "./sealer.ts";

const root = mkdtempSync(join(tmpdir(), "throughline-sealing-"));
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const D = "projects/p/deployments/d";
let tables: Awaited<ReturnType<typeof openTables>>;
let count = 0;
beforeAll(async () => {
  tables = await openTables({ dataDir: join(root, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
});
afterAll(async () => {
  await tables.close();
  rmSync(root, { recursive: true, force: true });
});

/** What ended processes hold, which in truth the system takes back: here it must not be collected while it is open. */
const graves: unknown[] = [];

/** The steps of sealing at which a process may end: just before one, or just after it. */
const STEPS = ["begin", "keep", "finish", "moved"] as const;
interface Crash {
  readonly step: (typeof STEPS)[number];
  readonly isAfter: boolean;
}

const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");
let server: S3Server | undefined;
afterAll(() => server?.stop());

/** An empty blob store: files beside SQLite, a bucket beside MongoDB where a server of S3 is there. */
async function emptyBlobs(dir: string, database: Database): Promise<BlobStore> {
  if (database.name === "sqlite" || minio === undefined) return fileBlobStore(join(dir, "blobs"));
  server ??= await minio.start();
  const { port, accessKey, secretKey } = server;
  const bucket = `bucket-${count}`;
  // To this server a bucket is a folder.
  mkdirSync(join(server.dir, bucket));
  return openBlobs(`s3://${accessKey}:${secretKey}@127.0.0.1:${port}/${bucket}?tls=false`, {
    cacheDir: join(dir, "cache"),
  });
}

/** A router's log with its sealer in a folder, on a clock of its own. */
async function place(database: Database) {
  const dir = join(root, String(count++));
  mkdirSync(dir);
  const blobs = await emptyBlobs(dir, database);
  const store = await database.empty();
  const time = { nowMs: START_MS };
  const clock = { now: () => time.nowMs };
  const newId = timeOrderedIds(clock);
  const sealed = sealedLogStore(store);
  const problems: unknown[] = [];
  let crash: Crash | undefined;
  /** Ends the process at the step that a test has chosen: from then on nothing of it works. */
  const step = async <T>(name: Crash["step"], work: () => Promise<T>): Promise<T> => {
    const here = crash?.step === name ? crash : undefined;
    if (here && !here.isAfter) throw new Error("crashed");
    const done = await work();
    if (here) throw new Error("crashed");
    return done;
  };
  let lives = 0;
  /** What a process that has ended had asked of the blob store is never answered. */
  const ofLife = (life: number): BlobStore => ({
    ...blobs,
    async put(source, options) {
      const kept = await blobs.put(source, options);
      if (life === lives) return kept;
      const never = Promise.withResolvers<never>();
      graves.push(never);
      return never.promise;
    },
  });
  const open = async (): Promise<{ log: OpenedLog; sealing: Sealer }> => {
    lives += 1;
    const mine = ofLife(lives);
    const log = await openPredictionLog({
      dir: join(dir, "log"),
      newId,
      clock,
      sync: false,
      segmentBytesMax: 700,
      pendingBytesMax: 1e6,
      outside: { blobs: mine, inputsDir: join(dir, "inputs"), inputsBytesMax: 1e6, retryMs: 5, onProblem: () => {} },
    });
    const file = exportFile(dir, mine);
    const sealing = sealer({
      log,
      tables,
      clock,
      lookMs: 1e9,
      localMs: 2 * HOUR_MS,
      lineage: () => [],
      sealed: {
        ...sealed,
        begin: (it) => step("begin", () => sealed.begin(it)),
        finish: (it, along) => step("finish", () => sealed.finish(it, along)),
      },
      file: {
        ...file,
        keep: (path) => step(path.endsWith(".log") ? "moved" : "keep", () => file.keep(path)),
        drop: (digest) => blobs.delete(digest),
      },
      onProblem: (_, error) => problems.push(error),
    });
    graves.push(log);
    return { log, sealing };
  };
  return {
    blobs,
    sealed,
    time,
    open,
    problems,
    crashAt(at: Crash | undefined) {
      crash = at;
    },
    /** What a killed process leaves: its lock says nothing any more. */
    dead() {
      lives += 1;
      rmSync(join(dir, "log", "lock"), { force: true });
    },
  };
}

const factsOf = (release: string, features: readonly string[]) => ({
  release,
  digest: "d",
  features,
  viewVersions: {},
  path: ["score"],
  thresholds: {},
});

function entryOf(values: readonly FeatureValue[], more: Partial<PredictionEntry> = {}): PredictionEntry {
  const vector = values.map((value) => ({ value, status: "present" as const }));
  const names = values.map((_, i) => `f${i}`);
  return {
    facts: factsOf("r", names),
    score: 0.5,
    vector,
    vectorBytes: canonicalRowBytes(values),
    entity: { key: "k" },
    asOfNs: 5n,
    timeMs: START_MS,
    latencyUs: 9,
    ...more,
  };
}

const listed = async (sealed: Awaited<ReturnType<typeof place>>["sealed"]): Promise<readonly SealedLog[]> =>
  (await sealed.list(D, { limit: 1_000 })).items.toReversed();

/** Values of a column of all sealed files, in the order of the hours. */
async function column(blobs: BlobStore, logs: readonly SealedLog[], sql: string): Promise<readonly FeatureValue[]> {
  const found: FeatureValue[] = [];
  for (const { digest } of logs) {
    if (digest === "") continue;
    const inputs = { p: [await blobs.localFile(digest)] };
    found.push(...(await tables.query({ sql: `SELECT ${sql} FROM p`, inputs, rowsMax: 10_000 })).rows.flat());
  }
  return found;
}

const crash = fc.record({ step: fc.constantFrom(...STEPS), isAfter: fc.boolean() });
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), size: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("large" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("unsampled" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("look" as const), crash: fc.option(crash, { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("seal" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const) }) },
);

for (const database of everyDatabase())
  describe(`sealing the log by the hour, on ${database.name}`, () => testOn(database));

function testOn(database: Database): void {
  test("has every prediction in one row, whatever is sealed, killed and moved in whichever order", async () => {
    const property = fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
      const on = await place(database);
      let at = await on.open();
      const given: string[] = [];
      const again = async (): Promise<void> => {
        on.crashAt(undefined);
        on.dead();
        at = await on.open();
      };
      for (const it of operations) {
        if (it.kind === "append")
          for (let i = 0; i < it.size; i++) given.push((await at.log.append(D, entryOf([i, "x"]))).id);
        else if (it.kind === "large")
          given.push((await at.log.append(D, entryOf(["y".repeat(1_100)], { inlineBytesMax: 1_024 }))).id);
        else if (it.kind === "unsampled") await at.log.append(D, entryOf([1], { isSampled: false }));
        else if (it.kind === "wait") on.time.nowMs += it.hours * HOUR_MS + 600_000;
        else if (it.kind === "seal") await at.sealing.seal(D, new AbortController().signal);
        else if (it.kind === "die") await again();
        else {
          on.crashAt(it.crash);
          await at.sealing.look();
          if (it.crash) await again();
        }
      }
      on.time.nowMs += 9 * HOUR_MS;
      await at.sealing.look();
      expect((await Array.fromAsync(at.log.forwards(D))).map((it) => it.id)).toEqual(given);
      const logs = await listed(on.sealed);
      expect(await column(on.blobs, logs, "prediction")).toEqual(given.map((id) => `${D}/predictions/${id}`));
      expect(at.log.parts(D).every((it) => it.isMoved)).toBe(true);
      await at.log.inputsSettled();
      const needed = [
        ...logs.flatMap((it) => (it.digest === "" ? [] : [it.digest])),
        ...logs.flatMap((it) => it.segments.map((segment) => segment.digest)),
        ...(await Array.fromAsync(at.log.forwards(D))).flatMap((it) => (it.payload ? [it.payload.digest] : [])),
      ];
      const there = (await on.blobs.list({ limit: 1_000 })).map((it) => it.digest);
      expect(there.filter((it) => !needed.includes(it))).toEqual([]);
      expect(needed.filter((it) => !there.includes(it))).toEqual([]);
      await at.sealing.close();
      await at.log.close();
      await on.blobs.close();
    });
    await fc.assert(property, { endOnFailure: true, numRuns: database.name === "sqlite" ? 10 : 4 });
  });

  test("waits for the hour to end, and then has one file for it, with what is needed to find its rows", async () => {
    const on = await place(database);
    const { log, sealing } = await on.open();
    const ids: string[] = [];
    for (let i = 0; i < 9; i++) ids.push((await log.append(D, entryOf([i, `text ${i}`]))).id);
    await log.append(D, entryOf([1], { isSampled: false }));
    await sealing.look();
    expect(await listed(on.sealed)).toEqual([]);
    on.time.nowMs = START_MS + HOUR_MS;
    await sealing.look();
    const [hour, ...more] = await listed(on.sealed);
    expect(more).toEqual([]);
    expect(hour).toMatchObject({ hourMs: START_MS, rowCount: 9, notSampledCount: 1, releases: ["r"], state: "SEALED" });
    expect(hour?.columns).toEqual([
      { name: "entity__key", feature: "", entityField: "key", type: "string" },
      { name: "f0", feature: "f0", entityField: "", type: "float64" },
      { name: "f1", feature: "f1", entityField: "", type: "string" },
    ]);
    expect(hour?.segments.reduce((sum, it) => sum + it.rowCount, 0)).toBe(9);
    expect(on.problems).toEqual([]);
    await sealing.close();
    await log.close();
    await on.blobs.close();
  });

  test("gives features with several types a column for each, and tensors without names a list", async () => {
    const on = await place(database);
    const { log, sealing } = await on.open();
    await log.append(D, entryOf([1.5, "a"], { facts: factsOf("r1", ["x", "Score"]) }));
    await log.append(D, entryOf(["b"], { facts: factsOf("r2", ["x"]), entity: { key: 7n } }));
    await log.append(D, entryOf([1, 2, 3], { facts: factsOf("r3", []), entity: {}, score: Number.NaN }));
    const [hour] = await sealing.seal(D, new AbortController().signal);
    expect(hour?.columns.map((it) => it.name)).toEqual([
      "entity__key",
      "entity__key__string",
      "x",
      "x__string",
      "Score__string",
    ]);
    const logs = hour ? [hour] : [];
    const sql =
      "[release, x::VARCHAR, x__string, Score__string, entity__key::VARCHAR, inputs::VARCHAR, score::VARCHAR]";
    expect(await column(on.blobs, logs, sql)).toEqual([
      ["r1", "1.5", null, "a", null, null, "0.5"],
      ["r2", null, "b", null, "7", null, "0.5"],
      ["r3", null, null, null, null, "[1.0, 2.0, 3.0]", null],
    ]);
    await sealing.close();
    await log.close();
    await on.blobs.close();
  });

  test("removes the file of an attempt that would have been written otherwise", async () => {
    const on = await place(database);
    const first = await on.open();
    await first.log.append(D, entryOf([1]));
    on.time.nowMs += HOUR_MS;
    on.crashAt({ step: "finish", isAfter: false });
    await first.sealing.look();
    const [begun] = await Array.fromAsync(on.sealed.since(D, 0));
    const other = await on.blobs.put(Buffer.from("what an older engine had written"));
    if (begun) await on.sealed.begin({ ...begun, digest: other.digest as Digest });
    on.dead();
    on.crashAt(undefined);
    const { log, sealing } = await on.open();
    await sealing.look();
    const [hour] = await listed(on.sealed);
    expect(hour).toEqual({ ...begun, state: "SEALED" });
    expect(await on.blobs.stat(other.digest)).toBeUndefined();
    await sealing.close();
    await log.close();
    await on.blobs.close();
  });
}
