/**
 * One metric a call, durably, over REST and over gRPC, by callers that cost next to nothing: `wrk` and `h2load` (of
 * nghttp2), which must be in PATH. Both send one and the same message, prepared before, to one `throughline up`. Prints calls
 * a second, latencies, and the processor time of the server for a call. `--seconds N` for each measurement.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { framed } from "./load/grpc-call.ts";
import { newRuns } from "./load/grpc-load.ts";
import { cpuSeconds } from "./load/process-cost.ts";
import { type Server, throughline } from "./load/servers.ts";

const { values: flags } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });
const run = promisify(execFile);

/** A program that calls for some seconds, and what it says of calls in all, and of those that failed. */
interface Caller {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly calls: RegExp;
  readonly failed: RegExp;
}

/** No time is given, so that each call is a point of its own. */
const METRIC = { key: "loss", value: 0.25, step: 7n };

function restCaller(server: Server, { dir, name, callers }: Load): Caller {
  const script = join(dir, "rest.lua");
  const body = JSON.stringify({ metrics: [{ ...METRIC, step: String(METRIC.step) }] });
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = '${body}'\n`,
  );
  const address = `http://127.0.0.1:${server.target.port}/v1/${name}:logBatch`;
  return {
    program: "wrk",
    arguments: ["-t1", `-c${callers}`, `-d${flags.seconds}s`, "-s", script, address],
    calls: /(\d+) requests in/,
    failed: /Non-2xx or 3xx responses: (\d+)/,
  };
}

function grpcCaller(server: Server, { dir, name, callers, connections }: Load & { connections: number }): Caller {
  const body = join(dir, "grpc.bin");
  writeFileSync(
    body,
    framed(toBinary(LogBatchRequestSchema, create(LogBatchRequestSchema, { run: name, metrics: [METRIC] }))),
  );
  const address = `http://127.0.0.1:${server.grpcPort}/throughline.tracking.v1.TrackingService/LogBatch`;
  const load = ["-D", flags.seconds, "-t1", `-c${connections}`, `-m${callers / connections}`, "-d", body];
  return {
    program: "h2load",
    arguments: [...load, "-H", "content-type: application/grpc", "-H", "te: trailers", address],
    calls: /requests: (\d+) total/,
    failed: /(\d+) failed/,
  };
}

interface Load {
  readonly dir: string;
  /** Of the run. */
  readonly name: string;
  readonly callers: number;
}

async function measured(server: Server, { program, arguments: given, calls, failed }: Caller) {
  const before = cpuSeconds(server.pid);
  const { stdout } = await run(program, [...given]);
  const cpu = cpuSeconds(server.pid) - before;
  const count = Number(calls.exec(stdout)?.[1] ?? 0);
  const wrong = Number(failed.exec(stdout)?.[1] ?? 0);
  if (count === 0 || wrong > 0) throw new Error(`${wrong} of ${count} calls failed:\n${stdout}`);
  return { "calls/s": Math.round(count / Number(flags.seconds)), "server µs/call": Math.round((cpu / count) * 1e6) };
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
    await measured(server, grpcCaller(server, { ...warm, connections: 1 }));
    await expectPoints(server, name);
    await measured(server, restCaller(server, warm));
    const rows = [];
    for (const callers of [1, 16]) {
      const load = { dir, name, callers };
      rows.push({ callers, over: "REST", ...(await measured(server, restCaller(server, load))) });
      for (const connections of new Set([1, callers]))
        rows.push({
          ...{ callers, over: `gRPC, ${connections} connections` },
          ...(await measured(server, grpcCaller(server, { ...load, connections }))),
        });
    }
    console.table(rows);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
