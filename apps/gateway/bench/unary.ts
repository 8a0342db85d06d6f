/**
 * One metric a call, durably, over REST and over gRPC, by callers that cost next to nothing: `wrk` and `h2load` (of
 * nghttp2), which must be in PATH. Both send one and the same message, prepared before, to one `throughline up`. Prints calls
 * a second, latencies, and the processor time of the server for a call. `--seconds N` for each measurement.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { newRuns } from "./load/grpc-load.ts";
import { h2load, type ProgramLoaded, wrk } from "./load/load-programs.ts";
import { cpuSeconds } from "./load/process-cost.ts";
import { type Server, throughline } from "./load/servers.ts";

const { values: flags } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });
const SECONDS = Number(flags.seconds);

/** No time is given, so that each call is a point of its own. */
const METRIC = { key: "loss", value: 0.25, step: 7n };

interface Load {
  readonly dir: string;
  /** Of the run. */
  readonly name: string;
  readonly callers: number;
}

function overRest({ target }: Server, { dir, name, callers }: Load): Promise<ProgramLoaded> {
  const body = join(dir, "body");
  writeFileSync(body, JSON.stringify({ metrics: [{ ...METRIC, step: String(METRIC.step) }] }));
  return wrk({ url: `http://127.0.0.1:${target.port}/v1/${name}:logBatch`, callers, seconds: SECONDS }, body);
}

function overGrpc(server: Server, { name, callers }: Load, connections: number): Promise<ProgramLoaded> {
  const message = toBinary(LogBatchRequestSchema, create(LogBatchRequestSchema, { run: name, metrics: [METRIC] }));
  const url = `http://127.0.0.1:${server.grpcPort}/throughline.tracking.v1.TrackingService/LogBatch`;
  return h2load({ url, callers, connections, seconds: SECONDS }, message);
}

async function measured({ pid }: Server, load: () => Promise<ProgramLoaded>) {
  const before = cpuSeconds(pid);
  const { jobs, seconds, p50Ms, p99Ms } = await load();
  const cpu = cpuSeconds(pid) - before;
  return {
    "calls/s": Math.round(jobs / seconds),
    "server µs/call": Math.round((cpu / jobs) * 1e6),
    "p50 ms": p50Ms,
    "p99 ms": p99Ms,
  };
}

/** h2load does not look at the status that gRPC has in its trailers. */
async function expectPoints({ target }: Server, name: string): Promise<void> {
  const answer = await fetch(`http://${target.host}:${target.port}/v1/${name}/metrics?key=${METRIC.key}&pageSize=1`);
  const { metrics = [] } = (await answer.json()) as { readonly metrics?: readonly unknown[] };
  if (metrics.length === 0) throw new Error("nothing was logged over gRPC");
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-unary-bench-"));
  const server = await throughline(dir, false);
  try {
    const [name = ""] = await newRuns(server, 1);
    // V8 compiles what is called often: the first measurements are not shown.
    const warm = { dir, name, callers: 16 };
    await overGrpc(server, warm, 1);
    await expectPoints(server, name);
    await overRest(server, warm);
    const rows = [];
    for (const callers of [1, 16]) {
      const load = { dir, name, callers };
      rows.push({ callers, over: "REST", ...(await measured(server, () => overRest(server, load))) });
      for (const connections of new Set([1, callers]))
        rows.push({
          callers,
          over: `gRPC, ${connections} connections`,
          ...(await measured(server, () => overGrpc(server, load, connections))),
        });
    }
    console.table(rows);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
