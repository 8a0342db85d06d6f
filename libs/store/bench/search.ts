/** Searches of the SQLite adapter over 10,000 and 100,000 subjects with 25 attributes each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AttributeFilter,
  type AttributeOrder,
  type AttributeValue,
  openSqliteStore,
  type SearchIndex,
  type Store,
} from "../src/index.ts";

/** One measurement. */
export interface SearchBenchRow {
  readonly name: string;
  readonly found: number;
  readonly msP50: number;
  readonly msP99: number;
  /** Of the process, per search: what is left of the time when others use the cores. */
  readonly cpuMs: number;
}

interface Case {
  readonly name: string;
  readonly where: AttributeFilter;
  readonly orderBy: readonly AttributeOrder[];
  readonly limit?: number;
}

const BY_START: AttributeOrder = { attribute: "start", descending: true };
const BY_ACCURACY: readonly AttributeOrder[] = [{ attribute: "metrics.acc", descending: true }, BY_START];

const CASES: readonly Case[] = [
  {
    name: "metric and param, by metric",
    where: {
      and: [
        { attribute: "metrics.acc", gt: 0.9 },
        { attribute: "params.lr", eq: "0.1" },
      ],
    },
    orderBy: BY_ACCURACY,
  },
  {
    name: "the same, all of them",
    where: {
      and: [
        { attribute: "metrics.acc", gt: 0.9 },
        { attribute: "params.lr", eq: "0.1" },
      ],
    },
    orderBy: BY_ACCURACY,
    limit: 1_000,
  },
  { name: "everything, newest first", where: { and: [] }, orderBy: [BY_START] },
  { name: "one param, newest first", where: { attribute: "params.lr", eq: "0.1" }, orderBy: [BY_START] },
  { name: "one of all, newest first", where: { attribute: "tags.name", eq: "run 77" }, orderBy: [BY_START] },
  {
    name: "either of two, by metric",
    where: {
      or: [
        { attribute: "metrics.acc", gt: 0.99 },
        { attribute: "params.p3", eq: "7" },
      ],
    },
    orderBy: BY_ACCURACY,
  },
  {
    name: "nothing, of two that exclude each other",
    where: {
      and: [
        { attribute: "metrics.acc", gt: 0.5 },
        { attribute: "metrics.loss", gt: 0.5 },
      ],
    },
    orderBy: [BY_START],
  },
  { name: "a piece of a text, newest first", where: { attribute: "tags.name", like: "%99%" }, orderBy: [BY_START] },
  { name: "a piece of a text that none has", where: { attribute: "tags.name", like: "%x%" }, orderBy: [BY_START] },
  {
    name: "not a param, by a metric that none has",
    where: { not: { attribute: "params.lr", eq: "1" } },
    orderBy: [{ attribute: "metrics.none" }, BY_START],
  },
  {
    name: "everything, by a param of 12 values",
    where: { and: [] },
    orderBy: [{ attribute: "params.depth" }, BY_START],
  },
];

/** Measures searches over `subjects` subjects. */
export async function runSearchBench(subjects: number, repetitions: number): Promise<readonly SearchBenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  const store = openSqliteStore(join(dir, "store.db"));
  try {
    const index = store.searchIndex("bench");
    const [startMs, cpu] = [performance.now(), process.cpuUsage()];
    await fill(store, index, subjects);
    const fillMs = rounded((performance.now() - startMs) / subjects);
    const filling = { name: "adding one subject", found: 0, msP50: fillMs, msP99: fillMs, cpuMs: cpuMs(cpu, subjects) };
    const rows: SearchBenchRow[] = [filling];
    for (const it of CASES) rows.push(await measured(index, it, repetitions));
    return rows;
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function fill(store: Store, index: SearchIndex, count: number): Promise<void> {
  const random = randomNumbers(7);
  for (let at = 0; at < count; at += 500) {
    const writes = Array.from({ length: Math.min(500, count - at) }, (_, i) => {
      const id = `project/${String(at + i).padStart(9, "0")}`;
      return index.writes.set(id, { scope: "project/e", set: attributesOf(at + i, random) });
    });
    await store.batch(writes);
  }
}

function attributesOf(i: number, random: () => number): ReadonlyMap<string, AttributeValue> {
  const accuracy = random();
  const rate = ["0.1", "0.01", "0.001", "1"][Math.floor(random() * 4)] as string;
  return new Map<string, AttributeValue>([
    ["start", 1_700_000_000_000 + i * 10],
    ["state", "FINISHED"],
    ["metrics.acc", accuracy],
    ["metrics.loss", 1 - accuracy],
    ["params.lr", rate],
    ["number params.lr", Number(rate)],
    ["params.depth", String(i % 12)],
    ["tags.name", `run ${i}`],
    ...Array.from({ length: 17 }, (_, j) => [`params.p${j}`, String((i * (j + 3)) % 101)] as const),
  ]);
}

/** A generator that gives the same numbers each time (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function measured(
  index: SearchIndex,
  { name, limit = 50, ...query }: Case,
  count: number,
): Promise<SearchBenchRow> {
  const times: number[] = [];
  let found = 0;
  const cpu = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const { subjects } = await index.search({ scopes: ["project/e"], ...query, limit });
    times.push(performance.now() - start);
    found = subjects.length;
  }
  const perSearch = cpuMs(cpu, count);
  times.sort((a, b) => a - b);
  const at = (share: number): number => rounded(times[Math.min(count - 1, Math.floor(share * count))] as number);
  return { name, found, msP50: at(0.5), msP99: at(0.99), cpuMs: perSearch };
}

function cpuMs(since: NodeJS.CpuUsage, count: number): number {
  const { user, system } = process.cpuUsage(since);
  return rounded((user + system) / 1_000 / count);
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

if (import.meta.main) {
  for (const subjects of [10_000, 100_000]) {
    console.log(`${subjects} subjects`);
    console.table(await runSearchBench(subjects, 100));
  }
}
