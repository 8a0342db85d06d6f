/**
 * Writes 10 million points of one metric to a run, in batches of 1,000 through the handlers on SQLite, reads the down-sampled
 * curve, and looks at the memory of the process. Ends with code 1 if the curve takes 300 ms at p50, or if the memory grew by more than
 * 64 MiB from the first tenth to the end. `npm run bench -- ten-million [POINTS]`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "@throughline/store";
import { type ServiceForTests, serviceForTests } from "../src/testing-service.ts";

const PARENT = "projects/p";
const BATCH = 1_000;
const CALLERS = 4;
const READS = 21;
const CURVE_MS_MAX = 300;
const GROWTH_MIB_MAX = 64;

const count = Math.ceil(Number(process.argv[2] ?? 10_000_000) / BATCH);
const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
const store = openSqliteStore(join(folder, "store.db"));
const service = await serviceForTests(store);
try {
  const { experiment } = await service.tracking.createExperiment({
    parent: PARENT,
    experiment: { displayName: "bench" },
  });
  const { run } = await service.tracking.createRun({ parent: PARENT, run: { experiment: experiment?.name ?? "" } });
  const name = run?.name ?? "";
  const { seconds, memory } = await written(service, name);
  const [p50, slowest] = await curveMs(service, name);
  const growth = Math.max(...memory.slice(1)) - (memory[0] ?? 0);
  console.table([
    { name: "points written", value: count * BATCH },
    { name: "points written per second", value: Math.round((count * BATCH) / seconds) },
    { name: "curve of 320 points, p50 of 21, ms", value: p50 },
    { name: "curve of 320 points, slowest of 21, ms", value: slowest },
    { name: "resident memory after each tenth, MiB", value: memory.join(" ") },
    { name: "most resident memory, MiB", value: Math.round(process.resourceUsage().maxRSS / 1_024) },
  ]);
  if (!(p50 < CURVE_MS_MAX) || growth > GROWTH_MIB_MAX) {
    console.error(`The curve took ${p50} ms, and memory grew by ${growth} MiB`);
    process.exitCode = 1;
  }
} finally {
  await service.close();
  await store.close();
  await rm(folder, { recursive: true });
}

async function written(
  { tracking }: ServiceForTests,
  run: string,
): Promise<{ readonly seconds: number; readonly memory: readonly number[] }> {
  let [next, done] = [0, 0];
  const memory: number[] = [];
  const caller = async (): Promise<void> => {
    while (next < count) {
      await tracking.logBatch({ run, metrics: pointsFrom(next++ * BATCH) });
      done += 1;
      if (Math.floor((done * 10) / count) > memory.length) memory.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return { seconds: (performance.now() - start) / 1_000, memory };
}

function pointsFrom(first: number) {
  return Array.from({ length: BATCH }, (_, i) => ({
    key: "loss",
    step: BigInt(first + i),
    value: Math.sin((first + i) / 1_000) + 1 / (first + i + 1),
  }));
}

async function curveMs({ tracking }: ServiceForTests, run: string): Promise<readonly [p50: number, slowest: number]> {
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    const start = performance.now();
    const { curves } = await tracking.sampleMetrics({ parent: PARENT, runs: [run], keys: ["loss"], points: 320 });
    times.push(Math.round((performance.now() - start) * 10) / 10);
    const points = curves[0]?.points.length ?? 0;
    if (points < 300 || points > 320) throw new Error(`a curve of ${points} points`);
  }
  times.sort((a, b) => a - b);
  return [times[READS >> 1] ?? Number.NaN, times.at(-1) ?? Number.NaN];
}
