/**
 * Measures what a training script meets: creating runs, and logging batches of 1,000 metrics, through the handlers in one
 * process on SQLite. Run it with `node apps/tracking/bench/logging.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@throughline/store";
import { type ServiceForTests, serviceForTests } from "../src/testing-service.ts";

const RUNS = 1_000;
const RUNS_AT_ONCE = 20;
const BATCHES = 40;
const METRICS = 1_000;

const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
const store = openSqliteStore(join(folder, "store.db"));
const it = await serviceForTests(store);
try {
  const experiment = await it.tracking.createExperiment({ parent: "projects/p", experiment: { displayName: "bench" } });
  const names = await runs(it, experiment.experiment?.name ?? "");
  const manyHistories: PointAt = (batch, i) => [`m${i}`, batch];
  const oneHistory: PointAt = (batch, i) => ["m", batch * METRICS + i];
  for (const [i, at] of [manyHistories, oneHistory].entries()) await logging(it, names[i] ?? "", at);
} finally {
  await it.close();
  await store.close();
  await rm(folder, { recursive: true });
}

async function runs({ tracking }: ServiceForTests, experiment: string): Promise<readonly string[]> {
  const names: string[] = [];
  const startMs = performance.now();
  for (let at = 0; at < RUNS; at += RUNS_AT_ONCE) {
    const create = () => tracking.createRun({ parent: "projects/p", run: { experiment } });
    const created = await Promise.all(Array.from({ length: RUNS_AT_ONCE }, create));
    names.push(...created.map(({ run }) => run?.name ?? ""));
  }
  report(`create run, ${RUNS_AT_ONCE} at once`, RUNS, performance.now() - startMs);
  return names;
}

type PointAt = (batch: number, i: number) => readonly [key: string, step: number];

async function logging({ tracking }: ServiceForTests, run: string, at: PointAt): Promise<void> {
  const startMs = performance.now();
  for (let batch = 0; batch < BATCHES; batch++) {
    const metrics = Array.from({ length: METRICS }, (_, i) => {
      const [key, step] = at(batch, i);
      return { key, value: i / 7, step: BigInt(step) };
    });
    await tracking.logBatch({ run, metrics });
  }
  report(`metrics to ${at.name}`, BATCHES * METRICS, performance.now() - startMs);
}

function report(what: string, count: number, elapsedMs: number): void {
  console.log(`${what}: ${Math.round((count / elapsedMs) * 1_000).toLocaleString("en")}/s`);
}
