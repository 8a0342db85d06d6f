/** One long series of the SQLite adapter: how fast points are appended, and how fast its curve is read made short. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../src/index.ts";

const POINTS_USUAL = 10_000_000;
const APPENDED_AT_ONCE = 100_000;
const READS = 20;

/** One measurement. */
export interface SeriesBenchRow {
  readonly name: string;
  readonly value: number;
}

/** Appends so many points to one series, and reads its curve in 320 points. */
export async function runSeriesBench(points: number): Promise<readonly SeriesBenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
  const store = openSqliteStore(join(dir, "store.db"));
  try {
    const series = store.series("bench_points");
    const startMs = performance.now();
    for (let at = 0; at < points; at += APPENDED_AT_ONCE) {
      const some = Array.from({ length: Math.min(APPENDED_AT_ONCE, points - at) }, (_, i) => pointAt(at + i));
      await series.append(some);
    }
    const perSecond = Math.round((points / (performance.now() - startMs)) * 1_000);
    const whole = await slowest(() => series.sample("run/loss", { points: 320 }));
    const fromStep = BigInt(Math.floor(points / 3)) + 7n;
    const part = await slowest(() => series.sample("run/loss", { points: 320, fromStep, beforeStep: fromStep * 2n }));
    return [
      { name: "points appended per second", value: perSecond },
      { name: "whole curve, slowest of 20, ms", value: whole },
      { name: "a third of the curve, slowest of 20, ms", value: part },
      { name: "resident memory, MiB", value: Math.round(process.memoryUsage().rss / 2 ** 20) },
    ];
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const pointAt = (i: number) => ({
  key: "run/loss",
  step: BigInt(i),
  timeMs: 1_700_000_000_000 + i,
  value: Math.sin(i / 1_000) + 1 / (i + 1),
  sequence: BigInt(i + 1),
});

async function slowest(work: () => Promise<unknown>): Promise<number> {
  let ms = 0;
  for (let i = 0; i < READS; i++) {
    const start = performance.now();
    await work();
    ms = Math.max(ms, performance.now() - start);
  }
  return Math.round(ms * 10) / 10;
}

if (import.meta.main) console.table(await runSeriesBench(Number(process.argv[2] ?? POINTS_USUAL)));
