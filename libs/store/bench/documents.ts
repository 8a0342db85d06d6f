/** Durable document writes and reads of the SQLite adapter beside bare node:sqlite on the same disk, in one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type CollectionDefinition, openSqliteStore, type Store } from "../src/index.ts";

interface Run {
  readonly project: string;
  readonly name: string;
  readonly startTimeMs: number;
}

const RUNS: CollectionDefinition<Run> = {
  name: "bench_runs",
  indexes: [{ name: "by_time", fields: ["project", "startTimeMs"] }],
};

/** One measurement. */
export interface BenchRow {
  readonly name: string;
  readonly perSecond: number;
  /** What bare node:sqlite does at the same moment, where there is such a thing. */
  readonly floorPerSecond?: number;
}

/** Measures the SQLite adapter, each figure beside bare node:sqlite on the same disk. Takes about five seconds. */
export async function runBench(): Promise<readonly BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  const store = openSqliteStore(join(dir, "store.db"));
  const bare = bareDatabase(join(dir, "bare.db"));
  try {
    return [
      { name: "insert, 1 caller", perSecond: await inserts(store, 1, 500), floorPerSecond: bare.commits(500, 1) },
      {
        name: "insert, 64 callers",
        perSecond: await inserts(store, 64, 20_000),
        floorPerSecond: bare.commits(313, 64),
      },
      { name: "insert, batches of 100", perSecond: await batches(store, 300), floorPerSecond: bare.commits(300, 100) },
      { name: "get", perSecond: await gets(store, 100_000), floorPerSecond: bare.gets(100_000) },
      { name: "find, page of 100 by index", perSecond: await finds(store, 1_000) },
      { name: "series append, points", perSecond: await appends(store, 400_000) },
    ];
  } finally {
    await store.close();
    bare.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const runValue = (i: number): Run => ({ project: "p", name: `run ${i}`, startTimeMs: i });

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round((count / (performance.now() - start)) * 1000);
}

function inserts(store: Store, callers: number, count: number): Promise<number> {
  const runs = store.collection(RUNS);
  let next = 0;
  const caller = async () => {
    while (next < count) {
      const i = next++;
      await runs.insert(`${callers}/${i}`, runValue(i));
    }
  };
  return perSecond(count, () => Promise.all(Array.from({ length: callers }, caller)));
}

function batches(store: Store, count: number): Promise<number> {
  const { writes } = store.collection(RUNS);
  return perSecond(count * 100, async () => {
    for (let i = 0; i < count; i++)
      await store.batch(Array.from({ length: 100 }, (_, j) => writes.insert(`b${i}/${j}`, runValue(j))));
  });
}

function gets(store: Store, count: number): Promise<number> {
  const runs = store.collection(RUNS);
  return perSecond(count, async () => {
    for (let i = 0; i < count; i++) await runs.get(`64/${i % 20_000}`);
  });
}

function finds(store: Store, count: number): Promise<number> {
  const runs = store.collection(RUNS);
  return perSecond(count, async () => {
    let after: string | undefined;
    for (let i = 0; i < count; i++) {
      const orderBy = [{ field: "startTimeMs", descending: true } as const];
      const page = await runs.find({
        where: { field: "project", eq: "p" },
        orderBy,
        limit: 100,
        ...(after !== undefined && { after }),
      });
      after = page.next;
    }
  });
}

function appends(store: Store, count: number): Promise<number> {
  const points = Array.from({ length: count }, (_, i) => ({
    key: `run/${i % 10}`,
    step: BigInt(i),
    timeMs: 1_700_000_000_000 + i,
    value: i / 3,
    sequence: 0n,
  }));
  return perSecond(count, () => store.series("bench_points").append(points));
}

/** The same rows and the same durability with nothing in between. */
function bareDatabase(path: string) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE runs (id TEXT PRIMARY KEY, revision INTEGER, document TEXT) STRICT");
  const insert = database.prepare("INSERT INTO runs VALUES (?, 1, ?)");
  const select = database.prepare("SELECT revision, document FROM runs WHERE id = ?");
  let id = 0;
  const rate = (count: number, start: number) => Math.round((count / (performance.now() - start)) * 1000);
  return {
    commits(count: number, rows: number): number {
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        database.exec("BEGIN IMMEDIATE");
        for (let j = 0; j < rows; j++) insert.run(String(id++), JSON.stringify(runValue(j)));
        database.exec("COMMIT");
      }
      return rate(count * rows, start);
    },
    gets(count: number): number {
      const start = performance.now();
      for (let i = 0; i < count; i++) JSON.parse(String(select.get(String(i % id))?.["document"]));
      return rate(count, start);
    },
    close: () => database.close(),
  };
}

if (import.meta.main) {
  const rows = await runBench();
  for (const row of rows) console.log(JSON.stringify(row));
  console.table(rows.map((row) => ({ floorPerSecond: "", ...row })));
}
