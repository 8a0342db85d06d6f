import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
// By path: what every bench over HTTP loads servers with.
import type { Target } from "../../../gateway/bench/load/connection.ts";
import { cpuSeconds } from "../../../gateway/bench/load/process-cost.ts";

const SCRIPT = join(import.meta.dirname, "repository.py");
const START_MS_MAX = 180_000;

/** A store of online values that Feast's feature server works on. */
export type PeerKind = "sqlite" | "redis";

/** Feast's feature server at work, with all rows online. */
export interface Peer {
  readonly name: string;
  readonly target: Target;
  /** Rows per second that came online, reading the file included. */
  readonly materializedPerSecond: number;
  /** Processor time of all its processes so far, in seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** How Feast is run. */
export interface FeastOptions {
  /** The executable; its Python is beside it. */
  readonly feast: string;
  readonly workers: number;
  readonly rows: number;
  /** Holds online.parquet. */
  readonly dir: string;
}

const pythonOf = (feast: string): string => (feast.includes("/") ? join(dirname(feast), "python") : "python3");

/** Writes the rows that everybody is measured with. */
export function writeData({ feast, rows, dir }: Pick<FeastOptions, "feast" | "rows" | "dir">): void {
  python(feast, { args: ["data", String(rows)], cwd: dir });
}

/** Brings the rows online, and starts the server. */
export async function startFeast(kind: PeerKind, { feast, workers, rows, dir }: FeastOptions): Promise<Peer> {
  const repository = join(dir, kind);
  mkdirSync(repository, { recursive: true });
  const redisPort = kind === "redis" ? await freePort() : 0;
  const redis = kind === "redis" ? startRedis(redisPort, dir) : undefined;
  const started: ChildProcess[] = redis ? [redis] : [];
  try {
    if (redis) await untilListening(redisPort, redis);
    python(feast, { args: ["apply", kind, `127.0.0.1:${redisPort}`], cwd: repository });
    const said = python(feast, { args: ["materialize"], cwd: repository });
    const seconds = Number(/^seconds ([\d.]+)/m.exec(said)?.[1]);
    const port = await freePort();
    const serving = ["serve", "--host", "127.0.0.1", "--port", String(port), "--no-access-log", "--max-requests", "0"];
    const server = startProcess(feast, ["-c", repository, ...serving, "--workers", String(workers)], repository);
    started.push(server);
    await untilListening(port, server);
    return {
      name: `feast, ${kind}`,
      target: { host: "127.0.0.1", port, quickAck: false },
      materializedPerSecond: rows / seconds,
      cpuSeconds: () => started.reduce((sum, it) => sum + cpuSeconds(it.pid ?? 0), 0),
      stop: () => stopAll(started),
    };
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** True if there is a Redis to work on. */
export const hasRedis = (): boolean => spawnSync("redis-server", ["--version"]).status === 0;

const startRedis = (port: number, dir: string): ChildProcess =>
  startProcess("redis-server", ["--port", String(port), "--save", "", "--appendonly", "no"], dir);

function startProcess(command: string, args: readonly string[], dir: string): ChildProcess {
  const log = openSync(join(dir, "server.log"), "a");
  // In a group of its own, so that its end takes all of its processes along.
  const child = spawn(command, args, { cwd: dir, detached: true, stdio: ["ignore", log, log], env: environment() });
  closeSync(log);
  process.once("exit", () => end(child, "SIGKILL"));
  return child;
}

const environment = () => ({ ...process.env, FEAST_USAGE: "False" });

function python(feast: string, { args, cwd }: { readonly args: readonly string[]; readonly cwd: string }): string {
  const { status, stdout, stderr } = spawnSync(pythonOf(feast), [SCRIPT, ...args], {
    cwd,
    encoding: "utf8",
    env: environment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  throw new Error(`repository.py ${args.join(" ")} ended with ${status}\n${stderr?.slice(-4_000)}`);
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_MS_MAX;
  while (!(await isAnswering(port))) {
    if (child.exitCode !== null || performance.now() > endMs) throw new Error(`${child.spawnfile} did not start`);
    await delay(50);
  }
}

/** True once something answers, be it that it speaks no HTTP, as Redis. */
const isAnswering = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5_000) }).then(
    async (answer) => (await answer.arrayBuffer()) !== undefined,
    (error: Error) => !/ECONNREFUSED/.test(String((error.cause as { code?: string } | undefined)?.code)),
  );

async function stopAll(started: readonly ChildProcess[]): Promise<void> {
  for (const child of [...started].reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    end(child, "SIGTERM");
    await Promise.race([exited, delay(10_000, undefined, { ref: false })]);
    end(child, "SIGKILL");
    await exited;
  }
}

function end({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
