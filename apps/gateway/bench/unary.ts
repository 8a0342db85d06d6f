/**
 * One metric a call, durably, over REST and over gRPC, by one program that costs next to nothing: its requests are made once, and differ in the
 * step that they send. Prints calls a second, latencies, and the processor time of the server for a call, and above them the
 * floor: the same commit by itself, on the same disk. `--seconds N` for each measurement.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { throughline } from "./load/servers.ts";
import { type UnaryCalls, unaryCalls } from "./load/unary-calls.ts";

const { values: flags } = parseArgs({ options: { seconds: { type: "string", default: "5" } } });

const LONE_COMMIT = join(import.meta.dirname, "../../../libs/store/bench/lone-commit.ts");

interface Floor {
  readonly perSecond: number;
  readonly micros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The commit of one metric, with nothing around it, in a process of its own. */
async function floorIn(dir: string): Promise<Floor> {
  const given = [LONE_COMMIT, "--dir", dir, "--seconds", flags.seconds];
  return JSON.parse((await promisify(execFile)(process.execPath, given)).stdout) as Floor;
}

const rowOf = ({ callers, connections, ...it }: UnaryCalls, floor: Floor) => ({
  callers,
  over: connections === 0 ? "REST" : `gRPC, ${connections} connections`,
  "calls/s": Math.round(it.perSecond),
  "server µs/call": Math.round(it.serverMicros),
  "p50 ms": Number(it.p50Ms.toFixed(3)),
  "p99 ms": Number(it.p99Ms.toFixed(3)),
  // Several callers share commits: then it says nothing.
  "p50 above the floor": callers === 1 ? Number((it.p50Ms - floor.p50Ms).toFixed(3)) : "",
});

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "throughline-unary-bench-"));
  const server = await throughline(dir, false);
  try {
    const calls = await unaryCalls(server, Number(flags.seconds));
    const floor = await floorIn(dir);
    const alone = {
      callers: 1,
      over: "the commit alone",
      "calls/s": Math.round(floor.perSecond),
      "server µs/call": Math.round(floor.micros),
      "p50 ms": floor.p50Ms,
      "p99 ms": floor.p99Ms,
      "p50 above the floor": 0,
    };
    console.table([alone, ...calls.map((it) => rowOf(it, floor))]);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
