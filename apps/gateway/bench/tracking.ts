/**
 * Tracking and registry over MLflow's REST API, beside `mlflow server` in the same run.
 *
 * `throughline up` and `mlflow server` (3.17, SQLite) are started as their users start them, and asked in turn, round by
 * round, over the same paths by the same caller; answers are checked. Prints rates, latencies, the processor time of the
 * server's processes for each unit, and how many times as good ours are. `--mlflow PATH` is the executable of MLflow
 * (by default the one in PATH); `--peers default,best` its settings, empty for ours alone; `--cases WORD,WORD` some of the
 * cases by words in their names; `--warm-up SECONDS` how long each case is done before it is measured, since V8 compiles
 * what is called often; `--data FOLDER` keeps what was filled in for the next time; `--delayed-acks` leaves the caller's
 * acknowledgements to the kernel, which costs MLflow's default 40 ms a call.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureArtifact } from "./load/artifact-cases.ts";
import type { Case } from "./load/cases.ts";
import { median, percentile } from "./load/closed-loop.ts";
import { logMetricsOverGrpc } from "./load/grpc-load.ts";
import { createRuns, logBatches, logMetrics, readHistory } from "./load/logging-cases.ts";
import { measure, type Timing } from "./load/measure.ts";
import { busySeconds, cpuSeconds, residentMb, settled } from "./load/process-cost.ts";
import { registryCases } from "./load/registry-cases.ts";
import { searchRuns } from "./load/search-cases.ts";
import { type MlflowSetting, mlflow, OURS, type Server, throughline } from "./load/servers.ts";

const { values: flags } = parseArgs({
  options: {
    mlflow: { type: "string", default: "mlflow" },
    peers: { type: "string", default: "default,best" },
    cases: { type: "string", default: "" },
    data: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    "warm-up": { type: "string", default: "5" },
    "delayed-acks": { type: "boolean", default: false },
  },
});
const TIMING: Timing = {
  rounds: Number(flags.rounds),
  roundMs: Number(flags.seconds) * 1_000,
  warmUpMs: Number(flags["warm-up"]) * 1_000,
};
const ARTIFACT_MIB = 200;

const CASES: readonly Case[] = [
  createRuns(1, 10),
  createRuns(16, 30),
  logMetrics(1, 5),
  logMetrics(16, 50),
  logBatches(1, 20),
  logBatches(4, 20),
  readHistory(100_000, undefined, 10),
  readHistory(100_000, 25_000, 10),
  searchRuns(10_000, 1, 20),
  searchRuns(10_000, 16, 20),
  ...registryCases,
];
/** A size at which MLflow is not asked. */
const OURS_ALONE: readonly Case[] = [searchRuns(100_000, 1)];

const isChosen = (name: string): boolean =>
  flags.cases === "" || flags.cases.split(",").some((word) => name.includes(word));

const rows: Record<string, string | number>[] = [];
const rounded = (value: number): number => Number(value.toPrecision(3));

/** Measures a case on ours and its peer, and tells what it gave at once. */
async function runCase(it: Case, ours: Server, peer: Server | undefined): Promise<void> {
  const busyBefore = busySeconds();
  const startMs = performance.now();
  const [own, others] = await measure(it, peer ? [ours, peer] : [ours], TIMING);
  if (!own) return;
  const row: Record<string, string | number> = {
    case: it.name,
    callers: it.callers,
    peer: peer?.name ?? "",
    [`per s`]: rounded(own.perSecond),
    "p50 ms": rounded(own.p50),
    "p99 ms": rounded(own.p99),
    "cpu ms": rounded(own.cpuMs),
  };
  if (others) {
    row["peer per s"] = rounded(others.perSecond);
    row["peer p50"] = rounded(others.p50);
    row["peer p99"] = rounded(others.p99);
    row["peer cpu"] = rounded(others.cpuMs);
    row["peer failed"] = others.failed;
    row["times as fast"] = rounded(it.asked?.of === "p50" ? others.p50 / own.p50 : own.perSecond / others.perSecond);
    row["asked"] = it.asked?.ratio ?? "";
    row["times less cpu"] = rounded(others.cpuMs / own.cpuMs);
  }
  row["busy cores"] = rounded((busySeconds() - busyBefore) / ((performance.now() - startMs) / 1_000));
  report(row);
}

function report(row: Record<string, string | number>): void {
  console.log(JSON.stringify(row));
  rows.push(row);
}

/** The same work over gRPC beside MLflow's REST, both at ours. */
async function runGrpc(ours: Server): Promise<void> {
  const ways = [
    { name: "log one metric over gRPC, beside REST", way: "unary", metrics: 1 },
    { name: "the same over a gRPC stream each, 32 on the way", way: "stream", metrics: 1 },
    { name: "log metrics in batches of 1,000 over gRPC, beside REST", way: "unary", metrics: 1_000 },
  ] as const;
  for (const { callers, name, ...load } of [1, 16].flatMap((it) => ways.map((way) => ({ callers: it, ...way })))) {
    const [rest] = await measure((load.metrics === 1 ? logMetrics : logBatches)(callers, 1), [ours], TIMING);
    const before = cpuSeconds(ours.pid);
    const grpc = await logMetricsOverGrpc(ours, { ...load, callers, forMs: TIMING.roundMs * TIMING.rounds });
    if (!rest) return;
    const units = grpc.jobs * load.metrics;
    const cpuMs = ((cpuSeconds(ours.pid) - before) / units) * 1_000;
    report({
      case: name,
      callers,
      peer: OURS,
      "per s": rounded(units / grpc.seconds),
      "p50 ms": rounded(percentile(grpc.latenciesMs, 0.5)),
      "p99 ms": rounded(percentile(grpc.latenciesMs, 0.99)),
      "cpu ms": rounded(cpuMs),
      "peer per s": rounded(rest.perSecond),
      "peer p50": rounded(rest.p50),
      "peer p99": rounded(rest.p99),
      "peer cpu": rounded(rest.cpuMs),
      "times as fast": rounded(units / grpc.seconds / rest.perSecond),
      "times less cpu": rounded(rest.cpuMs / cpuMs),
    });
  }
}

async function runArtifacts(ours: Server, peer: Server | undefined): Promise<void> {
  const measured: { up: number; down: number; cpuMs: number }[] = [];
  for (const { target, pid } of peer ? [ours, peer] : [ours]) {
    const before = cpuSeconds(pid);
    const all = [];
    for (let round = 0; round < TIMING.rounds; round++) all.push(await measureArtifact(target, ARTIFACT_MIB));
    // Each round sends the file once and gets it back twice.
    const mib = ARTIFACT_MIB * 3 * TIMING.rounds;
    const cpuMs = ((cpuSeconds(pid) - before) / mib) * 1_000;
    measured.push({ up: median(all.map((it) => it.up)), down: median(all.map((it) => it.down)), cpuMs });
  }
  const [own, others] = measured;
  for (const way of ["up", "down"] as const) {
    report({
      case: `artifact of ${ARTIFACT_MIB} MiB ${way}, MiB`,
      callers: 1,
      peer: peer?.name ?? "",
      "per s": rounded(own?.[way] ?? 0),
      "cpu ms": rounded(own?.cpuMs ?? 0),
      ...(others && {
        "peer per s": rounded(others[way]),
        "peer cpu": rounded(others.cpuMs),
        "times as fast": rounded((own?.[way] ?? 0) / others[way]),
        "times less cpu": rounded(others.cpuMs / (own?.cpuMs ?? 1)),
      }),
    });
  }
}

/** Memory and start, once everything has been measured. */
function reportProcess(server: Server): void {
  report({
    case: "resident memory in MB; start to first answer in s",
    peer: server.name,
    "resident MB": rounded(residentMb(server.pid)),
    "start s": rounded(server.startMs / 1_000),
  });
}

async function runBeside(ours: Server, peer: Server | undefined): Promise<void> {
  const cases = peer ? CASES : [...CASES, ...OURS_ALONE];
  for (const it of cases.filter(({ name }) => isChosen(name))) await runCase(it, ours, peer);
  if (isChosen("artifact")) await runArtifacts(ours, peer);
  if (peer) reportProcess(peer);
}

async function main(): Promise<void> {
  const dir = flags.data ?? mkdtempSync(join(tmpdir(), "throughline-tracking-bench-"));
  mkdirSync(dir, { recursive: true });
  const quickAck = !flags["delayed-acks"];
  const ours = await throughline(dir, quickAck);
  try {
    const peers = flags.peers.split(",").filter((it) => it !== "") as MlflowSetting[];
    for (const setting of peers) {
      const peer = await mlflow(flags.mlflow, setting, { dir, quickAck });
      await settled(peer.pid);
      await runBeside(ours, peer).finally(() => peer.stop());
    }
    if (peers.length === 0) await runBeside(ours, undefined);
    else for (const it of OURS_ALONE.filter(({ name }) => isChosen(name))) await runCase(it, ours, undefined);
    if (isChosen("gRPC")) await runGrpc(ours);
    reportProcess(ours);
  } finally {
    await ours.stop();
    if (flags.data === undefined) rmSync(dir, { recursive: true, force: true });
  }
  console.table(rows);
}

await main();
