/**
 * What a lone caller's commit takes that logs one metric: a document replaced, a point added, a change of a search index, synced to the disk
 * before the next. `--dir FOLDER` is where the file lies (a new one by default), `--seconds N` how long. Prints one line of JSON:
 * commits a second, microseconds of processor for one, and its p50 and p99 in milliseconds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore, type Write } from "../src/index.ts";

const { values: flags } = parseArgs({
  options: { dir: { type: "string" }, seconds: { type: "string", default: "3" } },
});
const WARM_UP_MS = 1_000;

const dir = mkdtempSync(join(flags.dir ?? tmpdir(), "throughline-lone-commit-"));
const store = await openStore(`sqlite://${join(dir, "commits.db")}`);
const latest = store.collection<{ of: number; latest: unknown[] }>({ name: "bench_latest", indexes: [] });
const points = store.series("bench_points");
const index = store.searchIndex("bench_runs");

let sequence = 0;
await latest.insert("r", { of: 1, latest: [] });
const commit = (): readonly Write[] => {
  sequence += 1;
  const timeMs = 1_700_000_000_000 + sequence;
  return [
    latest.writes.replace("r", sequence, { of: 1, latest: [["loss", "7", timeMs, 0.25, sequence]] }),
    points.write([{ key: "r/loss", step: 7n, timeMs, value: 0.25, sequence: BigInt(sequence) }]),
    index.writes.set("r", { scope: "p", set: new Map([["metrics.loss", 0.25]]), unset: [] }),
  ];
};

async function commitFor(forMs: number): Promise<readonly number[]> {
  const took: number[] = [];
  const startMs = performance.now();
  for (let begunMs = startMs; begunMs - startMs < forMs; ) {
    await store.batch(commit());
    const nowMs = performance.now();
    took.push(nowMs - begunMs);
    begunMs = nowMs;
  }
  return took.sort((a, b) => a - b);
}

try {
  await commitFor(WARM_UP_MS);
  const before = process.cpuUsage();
  const startMs = performance.now();
  const took = await commitFor(Number(flags.seconds) * 1_000);
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const at = (share: number): number => Number(took[Math.floor(share * took.length)]?.toFixed(4));
  const perSecond = took.length / seconds;
  console.log(JSON.stringify({ perSecond, micros: (user + system) / took.length, p50Ms: at(0.5), p99Ms: at(0.99) }));
} finally {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}
