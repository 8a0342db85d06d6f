/**
 * Tracking and registry over MLflow's REST API, beside `mlflow server` in the same run.
 *
 * `throughline up` and `mlflow server` (3.17, SQLite) are started as their users start them, and asked in turn, round by
 * round, over the same paths by the same caller; answers are checked. Prints rates, latencies, the processor time of the
 * server's processes for each unit, and at the end every demand with what was seen, what is asked, and whether it is met.
 * `--mlflow PATH` is the executable of MLflow (by default the one in PATH); `--peers default,best` its settings, empty for
 * ours alone, `bare` for the least that logs single metrics (`--cases "log one"` alone); `--cases WORD,WORD` some of the cases by words in their names; `--warm-up SECONDS` how long each case is done
 * before it is measured, since V8 compiles what is called often; `--data FOLDER` keeps what was filled in for the next time,
 * and what was measured, so that a bench in pieces ends with the whole table (`--table`: with nothing else); `--delayed-acks`
 * leaves the caller's acknowledgements to the kernel, which costs MLflow's default 40 ms a call.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureArtifact } from "./load/artifact-cases.ts";
import type { Case } from "./load/cases.ts";
import { median } from "./load/closed-loop.ts";
import { memoryStanding, type Standing, type StandingBook, standingBook, standings } from "./load/demands.ts";
import { grpcDemands, grpcRows, measuredGrpc } from "./load/grpc-cases.ts";
import { createRuns, logBatches, logMetrics, readHistory } from "./load/logging-cases.ts";
import { measure, type Timing } from "./load/measure.ts";
import { busySeconds, cpuSeconds, residentMb, settled } from "./load/process-cost.ts";
import { registryCases } from "./load/registry-cases.ts";
import { searchRuns } from "./load/search-cases.ts";
import { bareServer, type MlflowSetting, mlflow, type Server, throughline } from "./load/servers.ts";

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
    table: { type: "boolean", default: false },
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
  logBatches(1, 20, 150_000),
  logBatches(4, 20),
  readHistory(100_000, undefined, 10),
  readHistory(100_000, 25_000, 10),
  searchRuns(10_000, 1, { ratio: 20 }),
  searchRuns(10_000, 16, { ratio: 20 }),
  ...registryCases,
];
/** A size at which MLflow is not asked. */
const OURS_ALONE: readonly Case[] = [searchRuns(100_000, 1, { p99Ms: 200 })];

/** Every demand, beside both settings. */
const DEMANDS: readonly Standing[] = [
  ...["mlflow, default", "mlflow, best"].flatMap((beside) => CASES.flatMap((it) => standings(it, beside))),
  ...OURS_ALONE.flatMap((it) => standings(it, "")),
  memoryStanding("mlflow, default"),
  memoryStanding("mlflow, best"),
  ...grpcDemands,
];

const isChosen = (name: string): boolean =>
  flags.cases === "" || flags.cases.split(",").some((word) => name.includes(word));

const rounded = (value: number): number => Number(value.toPrecision(3));

/** Measures a case on ours and its peer, and tells what it gave at once. */
async function runCase(it: Case, ours: Server, peer: Server | undefined): Promise<readonly Standing[]> {
  const busyBefore = busySeconds();
  const startMs = performance.now();
  const [own, others] = await measure(it, peer ? [ours, peer] : [ours], TIMING);
  if (!own) return [];
  report({
    case: it.name,
    callers: it.callers,
    peer: peer?.name ?? "",
    "per s": own.perSecond,
    "p50 ms": own.p50,
    "p99 ms": own.p99,
    "cpu ms": own.cpuMs,
    ...(others && {
      "peer per s": others.perSecond,
      "peer p50": others.p50,
      "peer p99": others.p99,
      "peer cpu": others.cpuMs,
      "peer failed": others.failed,
      "times as fast": it.asked?.of === "p50" ? others.p50 / own.p50 : own.perSecond / others.perSecond,
      "times less cpu": others.cpuMs / own.cpuMs,
    }),
    "busy cores": (busySeconds() - busyBefore) / ((performance.now() - startMs) / 1_000),
  });
  return standings(it, peer?.name ?? "", others ? [own, others] : [own]);
}

const report = (row: Readonly<Record<string, string | number>>): void =>
  console.log(JSON.stringify(row, (_, value) => (typeof value === "number" ? rounded(value) : value)));

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
      "per s": own?.[way] ?? 0,
      "cpu ms": own?.cpuMs ?? 0,
      ...(others && {
        "peer per s": others[way],
        "peer cpu": others.cpuMs,
        "times as fast": (own?.[way] ?? 0) / others[way],
        "times less cpu": others.cpuMs / (own?.cpuMs ?? 1),
      }),
    });
  }
}

/** Memory and start, once everything has been measured. */
function reportProcess(server: Server): number {
  const memoryMb = residentMb(server.pid);
  const what = "resident memory in MB; start to first answer in s";
  report({ case: what, peer: server.name, "resident MB": memoryMb, "start s": server.startMs / 1_000 });
  return memoryMb;
}

async function runBeside(book: StandingBook, ours: Server, peer: Server | undefined): Promise<void> {
  const cases = peer ? CASES : [...CASES, ...OURS_ALONE];
  for (const it of cases.filter(({ name }) => isChosen(name))) book.add(await runCase(it, ours, peer));
  if (isChosen("artifact")) await runArtifacts(ours, peer);
  if (peer) book.add([memoryStanding(peer.name, reportProcess(ours), reportProcess(peer))]);
}

async function runAll(book: StandingBook, dir: string): Promise<void> {
  const quickAck = !flags["delayed-acks"];
  const ours = await throughline(dir, quickAck);
  try {
    const peers = flags.peers.split(",").filter((it) => it !== "") as (MlflowSetting | "bare")[];
    for (const setting of peers) {
      const peer = await (setting === "bare"
        ? bareServer(dir, quickAck)
        : mlflow(flags.mlflow, setting, { dir, quickAck }));
      await settled(peer.pid);
      await runBeside(book, ours, peer).finally(() => peer.stop());
    }
    if (peers.length === 0) await runBeside(book, ours, undefined);
    else for (const it of OURS_ALONE.filter(({ name }) => isChosen(name))) book.add(await runCase(it, ours, undefined));
    if (isChosen("gRPC")) {
      book.add(await measuredGrpc(ours, Number(flags.seconds)));
      for await (const row of grpcRows(ours, TIMING)) report(row);
    }
    reportProcess(ours);
  } finally {
    await ours.stop();
  }
}

async function main(): Promise<void> {
  const dir = flags.data ?? mkdtempSync(join(tmpdir(), "throughline-tracking-bench-"));
  mkdirSync(dir, { recursive: true });
  const book = standingBook(join(dir, "standings.jsonl"));
  try {
    if (!flags.table) await runAll(book, dir);
    book.print(DEMANDS);
  } finally {
    if (flags.data === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

await main();
