/**
 * What a BatchPredict costs those who wait for answers: `Predict` with 10 features by key, asked for at a steady rate whether the ones before are
 * answered or not, in the platform as one process, in turn without a batch, while one works on a Parquet file, and beside a program that has
 * nothing to do with the platform: it computes at the lowest rank, and says what any work beside costs on the machine.
 *
 * `--rate N` requests a second (300), `--rows N` of the file (100,000), `--rounds N` (5), `--window-s N` without a batch (6), `--vectors` for a file that
 * brings the features itself. Each batch and each computation is between two windows without one, and each difference is to the mean of both; how
 * much the two differ says what the machine does by itself.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
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
  const alone = () => window(calls, delay(windowS * 1_000));
  let before = await alone();
  const beside = new Map<string, Beside[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of [["a batch", () => batch(digest)] as const, ["a computation", computation] as const]) {
      const during = await window(calls, work());
      const after = await alone();
      beside.set(name, [...(beside.get(name) ?? []), { before, during, after }]);
      before = after;
    }
  }
  calls.close();
  for (const [name, windows] of beside) report(name, windows);
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

/** A program that only computes, at the rank that the processes of a batch have. */
async function computation(): Promise<void> {
  const program = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  if (program.pid === undefined) throw new Error("the program cannot be started");
  setPriority(program.pid, constants.priority.PRIORITY_LOW);
  await delay(windowS * 1_000);
  program.kill("SIGKILL");
  await once(program, "exit");
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

/** A window with something beside, between two without. */
interface Beside {
  readonly before: Window;
  readonly during: Window;
  readonly after: Window;
}

function report(name: string, all: readonly Beside[]): void {
  for (const [title, windows] of [
    ["without", all.flatMap((it) => [it.before, it.after])] as const,
    [`beside ${name}`, all.map((it) => it.during)] as const,
  ]) {
    const each = (of: (it: Window) => number): string => middle(windows.map(of), 2);
    const [answers, others] = [sumOf(windows, (it) => it.answers), sumOf(windows, (it) => it.others)];
    console.log(
      `${title.padEnd(20)} ${answers} answers, ${others} refused or late; p50 ${each((it) => it.p50)} ms, ` +
        `p99 ${each((it) => it.p99)} ms; the platform took ${each((it) => it.cores)} cores`,
    );
  }
  if (name === "a batch")
    console.log(
      `the batch: ${middle(
        all.map((it) => rowCount / it.during.seconds),
        0,
      )} rows/s`,
    );
  for (const share of ["p50", "p99"] as const) {
    const around = all.map(({ before, after }) => (before[share] + after[share]) / 2);
    const more = all.map(({ during }, i) => during[share] - (around[i] ?? Number.NaN));
    const times = all.map(({ during }, i) => during[share] / (around[i] ?? Number.NaN));
    const byItself = all.map(({ before, after }) => Math.abs(after[share] - before[share]));
    console.log(
      `${share}: ${middle(times, 2)} times, ${middle(more, 2)} ms more beside ${name}; two windows without differ by ${middle(byItself, 2)} ms`,
    );
  }
}

function sumOf(windows: readonly Window[], of: (it: Window) => number): number {
  return windows.reduce((sum, it) => sum + of(it), 0);
}

/** The median, and from where to where they are. */
function middle(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(digits);
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}
