import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Connection, connect } from "@throughline/client";

/** A platform that was started by the command, as a user does. */
export interface UpProcess {
  readonly pid: number;
  readonly connection: Connection;
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** The end of what it has written to standard error. */
  errors(): string;
  /** Ends the command and all that it has started at once (SIGKILL), and waits until none of them lives. */
  kill9(): Promise<void>;
  /** Ends it as an operator would, and gives the exit code. */
  stop(): Promise<number | null>;
}

const BIN = join(import.meta.dirname, "../bin/throughline.mjs");
const START_MS_MAX = 240_000;

/** Runs `throughline up` on free ports with more arguments, and resolves when it is ready. */
export async function startUp(...args: readonly string[]): Promise<UpProcess> {
  const { child, pid, exited, killAll } = spawnUp(args);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    errors = (errors + piece).slice(-20_000);
  });
  const [http = "", grpc = ""] = await addresses(child).catch((error: unknown) => {
    killAll();
    throw error;
  });
  return {
    pid,
    connection: connect({ baseUrl: `http://${grpc}`, actor: "writer" }),
    httpUrl: http,
    grpcUrl: `http://${grpc}`,
    errors: () => errors,
    async kill9() {
      process.off("exit", killAll);
      await allEnded(killAll(), exited);
    },
    async stop() {
      process.off("exit", killAll);
      child.kill("SIGTERM");
      const [code] = await exited;
      return code as number | null;
    },
  };
}

/** Starts it, and ends it and all that it has started (SIGKILL) so long afterwards, ready or not. */
export async function kill9WhileStarting(afterMs: number, ...args: readonly string[]): Promise<void> {
  const { child, exited, killAll } = spawnUp(args);
  for (const it of [child.stdout, child.stderr]) it.resume();
  await delay(afterMs);
  process.off("exit", killAll);
  await allEnded(killAll(), exited);
}

/** Waits until none of the killed lives: what still ends holds its ports and locks. */
async function allEnded(killed: readonly number[], exited: Promise<unknown>): Promise<void> {
  await exited;
  while (killed.some(isAlive)) await delay(10);
}

/** The command in a process, which does not outlive this one. */
function spawnUp(args: readonly string[]) {
  const free = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
  const child = spawn(process.execPath, [BIN, "up", ...free, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the command cannot be started");
  const exited = once(child, "exit");
  const killAll = (): readonly number[] => {
    const all = [pid, ...descendants(pid)];
    for (const it of all) {
      try {
        process.kill(it, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    return all;
  };
  process.once("exit", killAll);
  return { child, pid, exited, killAll };
}

/** The processes that a process has started, and those that these have started. Read from /proc: tests run on Linux. */
export function descendants(pid: number): readonly number[] {
  const parents = readdirSync("/proc")
    .filter((it) => /^\d+$/.test(it))
    .flatMap((it) => {
      const parent = parentOf(Number(it));
      return parent === undefined ? [] : [[Number(it), parent] as const];
    });
  const below = (of: number): readonly number[] =>
    parents.filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** The gateway's URL and the gRPC address, once both are printed. */
function addresses(child: ReturnType<typeof spawn>): Promise<readonly string[]> {
  let output = "";
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the platform did not start: ${why}\n${output.slice(-4_000)}`));
    const timer = setTimeout(() => fail(`nothing after ${START_MS_MAX / 1_000} s`), START_MS_MAX);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (piece: string) => {
        output = (output + piece).slice(-20_000);
        const found = [/^ {2}console and REST +(http:\S+)$/m, /^ {2}gRPC +(\S+:\d+)$/m].map(
          (it) => it.exec(output)?.[1],
        );
        if (found.some((it) => it === undefined)) return;
        clearTimeout(timer);
        resolve(found as string[]);
      });
    }
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`it ended with ${code ?? signal}`);
    });
  });
}

const isAlive = (pid: number): boolean => parentOf(pid) !== undefined;

/** The process that started a process; undefined if it has ended, kept for its parent or not. */
function parentOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : Number(fields[1]);
  } catch {
    return undefined;
  }
}
