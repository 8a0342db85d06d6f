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
  const given = ["-t1", `-c${callers}`, `-d${seconds}s`, "-s", SCRIPT, url, "--", bodiesFile];
  const { stdout } = await run("wrk", given, { maxBuffer: TIMES_BYTES_MAX });
  const jobs = Number(/(\d+) requests in /.exec(stdout)?.[1] ?? 0);
  if (jobs === 0 || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk failed:\n${stdout.slice(0, 4_000)}`);
  const durationUs = Number(/^duration (\d+)$/m.exec(stdout)?.[1]);
  const told = Array.from(stdout.matchAll(/^took (\d+) (\d+)$/gm), ([, time, count]) => [Number(time), Number(count)]);
  const times = measuredTimes(new Map(told as [number, number][]), Math.floor(durationUs / Math.floor(jobs / callers)));
  const ms = (share: number): number => percentile(times, share) / 1_000;
  return { jobs, seconds: durationUs / 1e6, p50Ms: ms(0.5), p99Ms: ms(0.99) };
}

const TIMES_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The times that requests took, rising, from how many wrk tells of each. For a time above twice the mean of a caller's, wrk adds the
 * times of requests that the caller would have sent meanwhile, had it kept the mean's pace. It waited, as callers do, and
 * no other program here tells of such requests. They are taken out again, those of the longest time first, which is exact.
 */
function measuredTimes(counts: Map<number, number>, meanUs: number): Float64Array {
  const times: number[] = [];
  for (const time of [...counts.keys()].sort((a, b) => b - a)) {
    const count = counts.get(time) ?? 0;
    for (let i = 0; i < count; i++) times.push(time);
    if (time < 2 * meanUs) continue;
    for (let added = time - meanUs; added > meanUs; added -= meanUs)
      counts.set(added, (counts.get(added) ?? 0) - count);
  }
  return Float64Array.from(times).sort();
}

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
