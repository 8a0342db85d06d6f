/**
 * What a BatchPredict costs those who wait for answers: `Predict` with 10 features by key, asked for at a steady rate whether the ones before are
 * answered or not, in the platform as one process, in turn without a batch and while one works on a Parquet file.
 *
 * `--rate N` requests a second (300), `--rows N` of the file (100,000), `--rounds N` (5), `--window-s N` without a batch (6), `--vectors` for a file that
 * brings the features itself. Each batch is between two windows without one, and each difference is to the mean of both; how much the two
 * differ says what the machine does by itself.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { wait } from "@throughline/client";
import { BatchPredictResultSchema } from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import { openTables } from "@throughline/tables";
// By path: the benches of the services have them.
import { framed } from "../../gateway/bench/load/grpc-call.ts";
import { cpuSeconds } from "../../gateway/bench/load/process-cost.ts";
import { type BareCalls, bareCalls } from "../../inference-router/bench/overload/bare-calls.ts";
import { startUp } from "../src/testing-process.ts";
import { uploadBytes } from "../src/testing-shop.ts";
import { deployTenFeatures, ENTITIES, NAMES, predictMessage } from "./features/ten-features.ts";

const { values: flags } = parseArgs({
  options: {
    rate: { type: "string", default: "300" },
    rows: { type: "string", default: "100000" },
    rounds: { type: "string", default: "5" },
    "window-s": { type: "string", default: "6" },
    vectors: { type: "boolean", default: false },
  },
});
const [rate, rowCount, rounds, windowS] = [flags.rate, flags.rows, flags.rounds, flags["window-s"]].map(Number) as [
  number,
  number,
  number,
  number,
];
/** An answer that takes longer counts as none. */
const DEADLINE_MS = 5_000;

/** What those who wait have seen in a window, in milliseconds. */
interface Window {
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
  readonly others: number;
  readonly seconds: number;
  /** Processor time of the platform, models and tables included, for each second. */
  readonly cores: number;
}

const folder = await mkdtemp(join(tmpdir(), "batch-beside-"));
const up = await startUp("--data", join(folder, "data"));
try {
  await deployTenFeatures(up);
  const digest = await uploadRows();
  const calls = bareCalls({
    port: Number(new URL(up.grpcUrl).port),
    connections: 4,
    path: "/throughline.inference.v1.InferenceService/Predict",
    body: Buffer.from(framed(predictMessage(up, 7))),
    deadlineMs: DEADLINE_MS,
  });
  await window(calls, delay(4_000));
  await window(calls, batch(digest));
  const without = [await window(calls, delay(windowS * 1_000))];
  const beside: Window[] = [];
  for (let round = 0; round < rounds; round++) {
    beside.push(await window(calls, batch(digest)));
    without.push(await window(calls, delay(windowS * 1_000)));
  }
  calls.close();
  report(without, beside);
} finally {
  await up.stop();
  await rm(folder, { recursive: true, force: true });
}

/** A file of rows, with the keys of the entities and other features than theirs. */
async function uploadRows(): Promise<string> {
  const tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
  const output = join(folder, "rows.parquet");
  const columns = [
    { name: "id", type: "int64" as const },
    ...NAMES.map((name) => ({ name, type: "float64" as const })),
  ];
  const rowOf = (row: number): readonly FeatureValue[] => [
    BigInt(row % ENTITIES),
    ...NAMES.map((_, i) => row / (i + 1)),
  ];
  function* rows(): Generator<readonly FeatureValue[]> {
    for (let row = 0; row < rowCount; row++) yield rowOf(row);
  }
  await tables.importRows({ output, columns }, rows());
  await tables.close();
  return (await uploadBytes(up.connection, Uint8Array.from(await readFile(output)))).digest;
}

/** Has the file answered, from the call to the result. */
async function batch(inputDigest: string): Promise<void> {
  const deployment = `${up.connection.parent}/deployments/keys`;
  const { vectors } = flags;
  const { operation } = await up.connection.batches.batchPredict({ deployment, inputDigest, vectors });
  const result = await wait(up.connection, operation, BatchPredictResultSchema);
  const problems = Object.entries(result.problemCounts).map(([why, count]) => `${count} ${why}`);
  if (result.rowCount !== BigInt(rowCount) || problems.length > 0)
    throw new Error(`${result.rowCount} rows, of which without a score: ${problems.join(", ")}`);
}

/** Asks at the rate while something else goes on. Times are from when a request was due. */
async function window(calls: BareCalls, meanwhile: Promise<void>): Promise<Window> {
  const took: number[] = [];
  let others = 0;
  calls.onEnd = (outcome, dueAt) => {
    if (outcome === "good") took.push(performance.now() - dueAt);
    else others += 1;
  };
  let isOver = false;
  const over = meanwhile.finally(() => {
    isOver = true;
  });
  const cpuBefore = cpuSeconds(up.pid);
  const startedAt = performance.now();
  for (let sent = 0; !isOver; ) {
    const due: number[] = [];
    for (const now = performance.now(); startedAt + (1_000 * sent) / rate <= now; sent++)
      due.push(startedAt + (1_000 * sent) / rate);
    calls.look(due);
    await delay(1);
  }
  await over;
  const seconds = (performance.now() - startedAt) / 1_000;
  const cores = (cpuSeconds(up.pid) - cpuBefore) / seconds;
  // What is still under way belongs to this window.
  await delay(200);
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * (took.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), answers: took.length, others, seconds, cores };
}

function report(without: readonly Window[], beside: readonly Window[]): void {
  const each = (windows: readonly Window[], of: (it: Window) => number, digits = 2): string =>
    middle(windows.map(of), digits);
  for (const [name, windows] of [["without a batch", without] as const, ["beside a batch", beside] as const]) {
    const answers = windows.reduce((sum, it) => sum + it.answers, 0);
    const others = windows.reduce((sum, it) => sum + it.others, 0);
    console.log(
      `${name.padEnd(16)} ${answers} answers, ${others} refused or late; p50 ${each(windows, (it) => it.p50)} ms, ` +
        `p99 ${each(windows, (it) => it.p99)} ms; the platform took ${each(windows, (it) => it.cores)} cores`,
    );
  }
  console.log(`the batch: ${each(beside, (it) => rowCount / it.seconds, 0)} rows/s`);
  for (const share of ["p50", "p99"] as const) {
    const around = beside.map(
      (_, i) => [without[i]?.[share] ?? Number.NaN, without[i + 1]?.[share] ?? Number.NaN] as const,
    );
    const more = beside.map(
      (it, i) => it[share] - ((around[i]?.[0] ?? Number.NaN) + (around[i]?.[1] ?? Number.NaN)) / 2,
    );
    const byItself = around.map(([before, after]) => Math.abs(after - before));
    console.log(
      `${share}: ${middle(more, 2)} ms more beside the batch; two windows without one differ by ${middle(byItself, 2)} ms`,
    );
  }
}

/** The median, and from where to where they are. */
function middle(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(digits);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}
