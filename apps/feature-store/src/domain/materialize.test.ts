import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { digestOfJson, systemClock } from "@throughline/kernel";
import { openSqliteStore, type Store } from "@throughline/store";
import { openTables, type Row, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleSource, sampleView } from "../laws/sample-definitions.ts";
import { catalogStore } from "../store/catalog-store.ts";
import { openLmdbOnlineStore } from "../store/lmdb-online-store.ts";
import { scratchFiles } from "../store/scratch-files.ts";
import { segmentLog } from "../store/segment-log.ts";
import { bindService } from "./feature-service.ts";
import { type Run, writeSegment } from "./load-source.ts";
import { materializer } from "./materialize.ts";
import { onlinePlan } from "./online-plan.ts";
import { readOnline } from "./online-read.ts";
import type { OnlineStore } from "./online-store.ts";
import { afterExtractStep, afterPush } from "./online-write.ts";
import type { CountedWork } from "./row-progress.ts";
import type { NewScratch } from "./scratch.ts";
import type { SegmentLog } from "./segment.ts";

const digest = digestOfJson("a definition");
const SOURCE = sampleSource("s", {
  columns: [
    { name: "id", type: "int64", description: "" },
    { name: "n", type: "int64", description: "" },
    { name: "at", type: "timestamp", description: "" },
  ],
  eventTimeColumn: "at",
  knowledgeTime: { kind: "delay", delayNs: 0n },
  skipRowsWithoutTime: false,
});
const VIEW = sampleView({
  features: [
    { kind: "column", name: "n", column: "n", description: "", type: "int64" },
    {
      kind: "aggregate",
      name: "sum",
      function: "sum",
      column: "n",
      windowNs: 1n << 60n,
      description: "",
      type: "int64",
    },
  ],
});
const SERVICE = bindService(
  {
    project: "p",
    id: "f",
    version: 1,
    digest,
    requestFeatures: [],
    description: "",
    createTimeMs: 1,
    views: [{ view: "v", version: 1, features: ["n", "sum"], keyFields: {}, digest }],
    features: ["v__n", "v__sum"],
  },
  [VIEW],
);
const QUIET = { signal: new AbortController().signal, progress: () => {} };
const ENTITIES = 7;

let folder: string;
let store: Store;
let blobs: BlobStore;
let tables: TableEngine;
let segments: SegmentLog;
let newScratch: NewScratch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "materialize-"));
  store = openSqliteStore(join(folder, "store.db"));
  blobs = await fileBlobStore(join(folder, "blobs"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 512, threads: 2, processes: 1 });
  newScratch = await scratchFiles(join(folder, "scratch"));
  segments = segmentLog(store);
  const catalog = catalogStore(store, { encode: () => "", decode: () => undefined });
  await store.batch(catalog.sources.adding(SOURCE));
  for (const start of [0, 10_000]) await load(start);
});
afterAll(async () => {
  await tables.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

async function load(start: number): Promise<void> {
  await using scratch = await newScratch();
  const rows = Array.from(
    { length: 10_000 },
    (_, i): Row => [BigInt(i % ENTITIES), BigInt(start + i), { ns: BigInt(start + i) }],
  );
  const clock = { now: () => 1 };
  const incoming = { rows, scratch, signal: QUIET.signal };
  const { written } = await writeSegment({ tables, blobs, clock }, SOURCE, incoming);
  const { writes } = await segments.committing({ ...written, loadedDigest: digest });
  await store.batch(writes);
}

const values = async (online: OnlineStore) => {
  const rows = Array.from({ length: ENTITIES }, (_, i) => new Map([["id", BigInt(i)]]));
  const vectors = await readOnline(online, onlinePlan(SERVICE), { rows, asOfNs: 1_000_000n });
  return vectors.map((it) => it.values.map((value) => value.value));
};
const expected = Array.from({ length: ENTITIES }, (_, entity) => {
  const all = [0, 10_000].flatMap((start) =>
    Array.from({ length: 10_000 }, (_, i) => [i % ENTITIES, start + i] as const).filter(([id]) => id === entity),
  );
  return [BigInt(all.at(-1)?.[1] ?? 0), all.reduce((sum, [, n]) => sum + BigInt(n), 0n)];
});

test("a segment has its rows in their order, numbered through", async () => {
  const [first] = await segments.upTo("p", "s", 1);
  const path = await blobs.localFile(first?.digest ?? digest);
  const { rows } = await tables.readRows({ segments: [path], columns: ["n", "__row_number"], limit: 20_000 });
  expect(rows).toEqual(Array.from({ length: 10_000 }, (_, i) => [BigInt(i), BigInt(i)]));
});

describe("a materialisation", () => {
  test.each([0, 1, 2, 3])(
    "that stopped after %i commits goes on where it was, and counts no row twice",
    async (commits) => {
      const online = await openLmdbOnlineStore(join(folder, `online-${commits}`));
      let left = commits;
      const failing: OnlineStore = {
        ...online,
        apply: async (change) => {
          if (left-- === 0) throw new Error("the machine stopped");
          return online.apply(change);
        },
      };
      const deps = { segments, tables, blobs, newScratch, clock: systemClock };
      await expect(materializer({ ...deps, online: failing }).materialize(SERVICE, QUIET)).rejects.toThrow("stopped");
      const { dataVersion } = await materializer({ ...deps, online }).materialize(SERVICE, QUIET);
      expect(dataVersion).toBe(2);
      expect(await values(online)).toEqual(expected);
      const again = await materializer({ ...deps, online }).materialize(SERVICE, QUIET);
      expect(again.entryCount).toBe(0);
      expect(await values(online)).toEqual(expected);
      await online.close();
    },
  );

  test("tells how many rows are online of how many, and how fast they come", async () => {
    const online = await openLmdbOnlineStore(join(folder, "online-told"));
    const told: { readonly share: number; readonly work: CountedWork }[] = [];
    const progress: Run["progress"] = (share, _, work) => void (work && told.push({ share, work }));
    const subject = materializer({ online, segments, tables, blobs, newScratch, clock: systemClock });
    await subject.materialize(SERVICE, { signal: QUIET.signal, progress });
    expect(told[0]?.work).toEqual({ unit: "rows", done: 0, total: 20_000 });
    const last = told.at(-1)?.work;
    expect(last?.done).toBeGreaterThan(0);
    expect(last?.perSecond).toBeGreaterThan(0);
    expect(last?.leftMs).toBeGreaterThanOrEqual(0);
    await online.close();
  });

  test("that is cancelled stops, and the next one finishes", async () => {
    const online = await openLmdbOnlineStore(join(folder, "online-cancelled"));
    const abort = new AbortController();
    let told = 0;
    const run = { signal: abort.signal, progress: () => void (++told === 1 && abort.abort(new Error("cancelled"))) };
    const subject = materializer({ online, segments, tables, blobs, newScratch, clock: systemClock });
    await expect(subject.materialize(SERVICE, run)).rejects.toThrow("cancelled");
    await subject.materialize(SERVICE, QUIET);
    expect(await values(online)).toEqual(expected);
    await online.close();
  });
});

describe("the note of what is online", () => {
  test("takes each push once, in any order, and waits for an extract that has it", () => {
    const push = (note: string | undefined, dataVersion: number, previous: number) =>
      afterPush(note, { dataVersion, previous });
    const first = push(undefined, 2, 0);
    expect(JSON.parse(first ?? "")).toEqual({ through: 2, also: [] });
    expect(push(first, 2, 0)).toBeUndefined();
    const beyond = push(push(first, 5, 3), 6, 5);
    expect(JSON.parse(beyond ?? "").through).toBe(2);
    expect([push(beyond, 5, 3), push(beyond, 6, 5)]).toEqual([undefined, undefined]);
    const step = { dataVersions: [3], order: "bytes" as const, from: 0, rowCount: 2, done: false };
    const underWay = afterExtractStep(beyond, step);
    expect(push(underWay, 3, 2)).toBeUndefined();
    const done = afterExtractStep(underWay, { ...step, from: 2, done: true });
    expect(JSON.parse(done ?? "")).toEqual({ through: 6, also: [] });
  });

  test("takes each step of an extract once, and none whose segments came online by themselves", () => {
    const step = { dataVersions: [1, 2], order: "bytes" as const, from: 0, rowCount: 10, done: false };
    const first = afterExtractStep(undefined, step);
    expect(afterExtractStep(first, step)).toBeUndefined();
    expect(afterExtractStep(first, { ...step, dataVersions: [1], from: 10 })).toBeUndefined();
    expect(afterExtractStep(first, { ...step, order: "values", from: 10 })).toBeUndefined();
    expect(afterExtractStep(afterPush(undefined, { dataVersion: 2, previous: 1 }), step)).toBeUndefined();
    expect(afterExtractStep(first, { ...step, from: 10, done: true })).toBe(JSON.stringify({ through: 2, also: [] }));
  });
});
