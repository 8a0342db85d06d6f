import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Loaded, percentile } from "./closed-loop.ts";
import { framed } from "./grpc-call.ts";

/** What a program calls, which must be in PATH. It costs next to nothing, so that what is measured is the server. */
interface ProgramLoad {
  readonly url: string;
  /** How many ask at once, each for the next when the last was answered. */
  readonly callers: number;
  readonly seconds: number;
}

/** What programs tell, of requests that all went well. */
export type ProgramLoaded = Pick<Loaded, "jobs" | "seconds"> & { readonly p50Ms: number; readonly p99Ms: number };

const SCRIPT = join(import.meta.dirname, "bodies.lua");

const run = promisify(execFile);

/**
 * Has `wrk` post the lines of a file as bodies of JSON, the first again after the last, each caller on a connection of its
 * own. Takes whole seconds. Fails unless all are answered with 200 to 399.
 */
export async function wrk({ url, callers, seconds }: ProgramLoad, bodiesFile: string): Promise<ProgramLoaded> {
  const given = ["-t1", `-c${callers}`, `-d${seconds}s`, "--latency", "-s", SCRIPT, url, "--", bodiesFile];
  const { stdout } = await run("wrk", given);
  const [, jobs = "0", ...time] = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(stdout) ?? [];
  if (jobs === "0" || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk failed:\n${stdout}`);
  const percentileMs = (percent: number): number => {
    const [, ...found] = new RegExp(`^ *${percent}% +([\\d.]+)(us|ms|s|m)`, "m").exec(stdout) ?? [];
    return msOf(found);
  };
  return { jobs: Number(jobs), seconds: msOf(time) / 1_000, p50Ms: percentileMs(50), p99Ms: percentileMs(99) };
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

const msOf = ([value, unit = ""]: readonly string[]): number => Number(value) * (UNITS_MS[unit] ?? Number.NaN);

/**
 * Has `h2load` (of nghttp2) call a unary method over gRPC with one message again and again, the callers shared evenly among the
 * connections. Fails unless all are answered with 200; the status that gRPC has in its trailers is not looked at.
 */
export async function h2load(
  { url, callers, seconds, connections }: ProgramLoad & { readonly connections: number },
  message: Uint8Array,
): Promise<ProgramLoaded> {
  return inFolder(async (dir) => {
    const [file, log] = [join(dir, "message"), join(dir, "log")];
    await writeFile(file, framed(message));
    const load = ["-t1", `-c${connections}`, `-m${callers / connections}`, "-D", `${seconds * 1_000}ms`, "-d", file];
    const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
    const { stdout } = await run("h2load", [...load, ...headers, `--log-file=${log}`, url]);
    const [, jobs = "0", wrong = "0"] = /(\d+) succeeded, (\d+) failed/.exec(stdout) ?? [];
    if (jobs === "0" || wrong !== "0") throw new Error(`h2load failed:\n${stdout}`);
    return { jobs: Number(jobs), seconds, ...(await percentilesOf(log)) };
  });
}

/** Of the times of all requests, which h2load writes line by line: begin, status, microseconds. */
async function percentilesOf(log: string): Promise<Pick<ProgramLoaded, "p50Ms" | "p99Ms">> {
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  const sorted = Float64Array.from(lines, (it) => Number(it.slice(it.lastIndexOf("\t") + 1)) / 1_000).sort();
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-load-"));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
