/**
 * Online features over Feast's REST API and over gRPC, beside Feast's own feature server in the same run.
 *
 * `throughline up` and `feast serve` (0.67; on SQLite, and on Redis where it is installed) bring the same file of rows online
 * and are asked in turn, round by round, by the same caller with the same bodies: 10 features of 1 and of 100 entities, from
 * 1 and from 16 callers; then ours the same over gRPC, which is compared with what Feast's server did over REST. Values are
 * checked. Prints rates, latencies, the processor time of the server's processes for each request, and how many times as good
 * ours are; and how fast the rows came online. In the same rounds runs the floor: the platform's own HTTP server (HTTP/2 for
 * gRPC), bare, with an answer of ours for everything. `--feast PATH` is the executable of Feast (by default the one in PATH);
 * `--peers sqlite,redis` the stores it works on; `--workers N` its processes; `--rows N`, `--rounds N` and `--seconds N` (of a
 * round, whole) the size. Needs wrk and h2load.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
// By path: what every bench over HTTP loads servers with.
import { median } from "../../gateway/bench/load/closed-loop.ts";
import { type ProgramLoaded, wrk } from "../../gateway/bench/load/load-programs.ts";
import { busySeconds } from "../../gateway/bench/load/process-cost.ts";
import { CASES, type Case, checkedRest, FEATURES, REST_PATH, restBodies } from "./feast/cases.ts";
import { type Floor, startFloor } from "./feast/floor.ts";
import { checkedGrpc, type GrpcMethod, readOverGrpc } from "./feast/grpc.ts";
import { type Ours, startOurs } from "./feast/ours.ts";
import { hasRedis, type Peer, type PeerKind, startFeast, writeData } from "./feast/peer.ts";

const { values: flags } = parseArgs({
  options: {
    feast: { type: "string", default: "feast" },
    peers: { type: "string", default: "sqlite,redis" },
    workers: { type: "string", default: "1" },
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
  },
});
const ROWS = Number(flags.rows);
const ROUNDS = Number(flags.rounds);
const SECONDS = Number(flags.seconds);
/** Before each case: V8 compiles what is called often, on threads that would share the cores with what is measured. */
const WARM_UP_SECONDS = 2;
const dir = mkdtempSync(join(tmpdir(), "throughline-feast-bench-"));
/** How many times as fast rows are to come online, and which share of the peer's p99 is allowed. */
const [ASKED_MATERIALIZATION, ASKED_P99] = [10, 0.1];

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server's processes for one request, in milliseconds. */
  readonly cpuMs: number;
}

/** Measures over REST in turn, so that what else the machine does meets all of them. */
async function measure(it: Case, servers: readonly Peer[]): Promise<readonly Measured[]> {
  const rounds = servers.map((): Measured[] => []);
  const bodies = join(dir, "bodies");
  writeFileSync(bodies, restBodies(it, ROWS));
  const load = ({ target: { host, port } }: Peer, seconds: number) =>
    wrk({ url: `http://${host}:${port}${REST_PATH}`, callers: it.callers, seconds }, bodies);
  for (const server of servers) await load(server, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, server] of servers.entries()) rounds[i]?.push(await measured(server, () => load(server, SECONDS)));
  }
  return rounds.map(medianOf);
}

const medianOf = (of: readonly Measured[]): Measured => ({
  perSecond: median(of.map((it) => it.perSecond)),
  p50: median(of.map((it) => it.p50)),
  p99: median(of.map((it) => it.p99)),
  cpuMs: median(of.map((it) => it.cpuMs)),
});

async function measured(server: Peer, load: () => Promise<ProgramLoaded>): Promise<Measured> {
  const before = server.cpuSeconds();
  const { jobs, seconds, p50Ms, p99Ms } = await load();
  const cpuMs = ((server.cpuSeconds() - before) / jobs) * 1_000;
  return { perSecond: jobs / seconds, p50: p50Ms, p99: p99Ms, cpuMs };
}

/** The same requests over gRPC: as many rounds, one behind the other, since the peer has answered before. */
async function measureGrpc(it: Case, server: Ours | Floor, method: GrpcMethod): Promise<Measured> {
  const reads = { case: it, rows: ROWS, port: server.grpcPort, method };
  await readOverGrpc(reads, WARM_UP_SECONDS);
  const rounds: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measured(server, () => readOverGrpc(reads, SECONDS)));
  return medianOf(rounds);
}

const rows: Record<string, string | number>[] = [];
const rounded = (value: number): number => Number(value.toPrecision(3));

function report(row: Record<string, string | number>): void {
  console.log(JSON.stringify(row));
  rows.push(row);
}

/** Over Feast's REST API beside the peer, and then over gRPC beside what the peer did over REST. */
async function runCase(it: Case, ours: Ours, peer: Peer | undefined): Promise<void> {
  const floor = await startFloor(it, ours, ROWS);
  if (peer) await checkedRest(it, ROWS, peer.target);
  await checkedGrpc({ case: it, rows: ROWS, port: ours.grpcPort, method: "GetOnlineFeatures" });
  try {
    const busyBefore = busySeconds();
    const startMs = performance.now();
    const [own, bare, others] = await measure(it, peer ? [ours, floor, peer] : [ours, floor]);
    const busyCores = (busySeconds() - busyBefore) / ((performance.now() - startMs) / 1_000);
    if (own && bare) reportCase(it, { over: "REST", peer, own, bare, others, busyCores });
    const overGrpc = await measureGrpc(it, floor, "ReadColumns");
    for (const method of ["ReadColumns", "GetOnlineFeatures"] as const)
      reportCase(it, {
        over: `gRPC ${method}`,
        peer,
        own: await measureGrpc(it, ours, method),
        bare: overGrpc,
        others,
      });
  } finally {
    await floor.stop();
  }
}

interface Outcome {
  readonly over: string;
  readonly peer: Peer | undefined;
  readonly own: Measured;
  /** The floor. */
  readonly bare: Measured;
  readonly others: Measured | undefined;
  readonly busyCores?: number;
}

function reportCase(it: Case, { over, peer, own, bare, others, busyCores }: Outcome): void {
  report({
    case: `${it.entities} x ${FEATURES.length}`,
    over,
    callers: it.callers,
    peer: peer?.name ?? "",
    "per s": rounded(own.perSecond),
    "p50 ms": rounded(own.p50),
    "p99 ms": rounded(own.p99),
    "cpu ms": rounded(own.cpuMs),
    "floor per s": rounded(bare.perSecond),
    "floor p99": rounded(bare.p99),
    "floor cpu": rounded(bare.cpuMs),
    ...(others && {
      "peer per s": rounded(others.perSecond),
      "peer p50": rounded(others.p50),
      "peer p99": rounded(others.p99),
      "peer cpu": rounded(others.cpuMs),
      "times as fast": rounded(own.perSecond / others.perSecond),
      "floor times": rounded(bare.perSecond / others.perSecond),
      asked: it.asked,
      "share of p99": rounded(own.p99 / others.p99),
      "asked share": ASKED_P99,
      "times less cpu": rounded(others.cpuMs / own.cpuMs),
    }),
    ...(busyCores !== undefined && { "busy cores": rounded(busyCores) }),
  });
}

function reportMaterialization(ours: Ours, peer: Peer | undefined): void {
  const own = { materialized: ours.materializedPerSecond, "loaded and materialized": ours.loadedPerSecond };
  for (const [what, perSecond] of Object.entries(own)) {
    report({
      case: `rows ${what}`,
      peer: peer?.name ?? "",
      "per s": rounded(perSecond),
      ...(peer && {
        "peer per s": rounded(peer.materializedPerSecond),
        "times as fast": rounded(perSecond / peer.materializedPerSecond),
        asked: ASKED_MATERIALIZATION,
      }),
    });
  }
}

const WARM_UP: Case = { entities: 1, callers: 16, asked: 0 };

async function runBeside(ours: Ours, peer: Peer | undefined): Promise<void> {
  reportMaterialization(ours, peer);
  // A caller alone takes long to have compiled what it calls.
  await measure(WARM_UP, peer ? [ours, peer] : [ours]);
  for (const it of CASES) await runCase(it, ours, peer);
}

function peersToRun(): readonly PeerKind[] {
  const named = flags.peers.split(",").filter((it) => it !== "") as PeerKind[];
  if (!named.includes("redis") || hasRedis()) return named;
  console.log("There is no redis-server here: Feast is measured on SQLite alone.");
  return named.filter((it) => it !== "redis");
}

async function main(): Promise<void> {
  const options = { feast: flags.feast, workers: Number(flags.workers), rows: ROWS, dir };
  try {
    writeData(options);
    const ours = await startOurs(dir, { file: join(dir, "online.parquet"), rows: ROWS });
    try {
      const kinds = peersToRun();
      if (kinds.length === 0) await runBeside(ours, undefined);
      for (const kind of kinds) {
        const peer = await startFeast(kind, options);
        await runBeside(ours, peer).finally(() => peer.stop());
      }
    } finally {
      await ours.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  console.table(rows);
}

await main();
