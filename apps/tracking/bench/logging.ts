/**
 * Measures what a training script meets: creating runs in three calls, logging one metric at a time and 1,000 at a time,
 * and searching, through the handlers in one process on SQLite. CPU time is that of the whole process, the client's side
 * of each call included. Run it with `node apps/tracking/bench/logging.ts`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { openSqliteStore } from "@throughline/store";
import { type ServiceForTests, serviceForTests } from "../src/testing-service.ts";

const PARENT = "projects/p";
const RUNS = 10_000;
const CALLERS = 16;
const SINGLES = 20_000;
const BATCHES = 100;
const METRICS = 1_000;
const SEARCHES = 200;

/** One measurement. */
export interface LoggingBenchRow {
  readonly name: string;
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Measures the service. Takes about half a minute. */
export async function runLoggingBench(): Promise<readonly LoggingBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-bench-"));
  const store = openSqliteStore(join(folder, "store.db"));
  const it = await serviceForTests(store);
  try {
    const created = await it.tracking.createExperiment({ parent: PARENT, experiment: { displayName: "bench" } });
    const experiment = created.experiment?.name ?? "";
    const runs: string[] = [];
    return [
      await measured("create a run with 10 params, tags and metrics, 16 callers", RUNS, CALLERS, async (i) => {
        runs.push(await wholeRun(it, experiment, i));
      }),
      await measured("log one metric, 1 caller", 2_000, 1, (i) => oneMetric(it, runs[0] ?? "", i)),
      await measured("log one metric, 16 callers", SINGLES, CALLERS, (i) =>
        oneMetric(it, runs[1 + (i % CALLERS)] ?? "", Math.floor(i / CALLERS)),
      ),
      await measured("log 1,000 points of 10 metrics", BATCHES, 1, (i) => batch(it, runs[20] ?? "", i, 10)),
      await measured("log 1,000 points of 1,000 metrics", BATCHES, 1, (i) => batch(it, runs[21] ?? "", i, METRICS)),
      await measured("log one of 1,000 metrics", 2_000, 1, (i) => oneMetric(it, runs[21] ?? "", BATCHES + i)),
      await measured("search by metric and param, ordered, 50 back", SEARCHES, 1, () => search(it, experiment, 50)),
      await measured("search by metric and param, ordered, 1,000 back", SEARCHES, 1, () =>
        search(it, experiment, 1_000),
      ),
    ];
  } finally {
    await it.close();
    await store.close();
    await rm(folder, { recursive: true });
  }
}

const numbers = Array.from({ length: 10 }, (_, i) => i);

async function wholeRun({ tracking }: ServiceForTests, experiment: string, i: number): Promise<string> {
  const tags = Object.fromEntries(numbers.map((j) => [`tag${j}`, `value-${i}-${j}`]));
  const { run } = await tracking.createRun({ parent: PARENT, run: { experiment, displayName: `run-${i}`, tags } });
  const name = run?.name ?? "";
  const params = Object.fromEntries(numbers.map((j) => [`param${j}`, String(j === 0 ? i % 4 : i * j)]));
  const metrics = numbers.map((j) => ({ key: `metric${j}`, value: ((i * 7_919) % 10_000) / 10_000 + j }));
  await tracking.logBatch({ run: name, params, metrics });
  await tracking.updateRun({ run: { name, state: RunState.FINISHED } });
  return name;
}

const oneMetric = ({ tracking }: ServiceForTests, run: string, i: number): Promise<unknown> =>
  tracking.logBatch({ run, metrics: [{ key: "m7", value: 1 / (i + 1), step: BigInt(i) }] });

function batch({ tracking }: ServiceForTests, run: string, number: number, keys: number): Promise<unknown> {
  const metrics = Array.from({ length: METRICS }, (_, i) => ({
    key: `m${i % keys}`,
    value: i / 7,
    step: BigInt((number * METRICS) / keys + Math.floor(i / keys)),
  }));
  return tracking.logBatch({ run, metrics });
}

async function search({ tracking }: ServiceForTests, experiment: string, pageSize: number): Promise<void> {
  const filter = "metrics.metric0 > 0.9 and params.param0 = '1'";
  const orderBy = ["metrics.metric0 DESC"];
  const { runs } = await tracking.searchRuns({ parent: PARENT, experiments: [experiment], filter, orderBy, pageSize });
  if (runs.length < 50) throw new Error(`only ${runs.length} runs were found`);
}

async function measured(
  name: string,
  count: number,
  callers: number,
  work: (i: number) => Promise<unknown>,
): Promise<LoggingBenchRow> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: callers }, caller));
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round((count / (performance.now() - start)) * 1_000);
  return { name, perSecond, cpuUs: Math.round((user + system) / count) };
}

if (import.meta.main) console.table(await runLoggingBench());
