import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Target } from "./connection.ts";
import type { AddRuns } from "./mlflow-api.ts";
import { addRunsTo } from "./mlflow-runs.ts";
import { processTree } from "./process-cost.ts";

/** A server that was started to be measured. */
export interface Server {
  readonly name: string;
  readonly target: Target;
  /** Where the server listens for gRPC; undefined if it does not. */
  readonly grpcPort: number | undefined;
  /** Adds runs straight to its database, where its API takes too long for many. */
  readonly addRuns?: AddRuns | undefined;
  /** Root of the processes that the server is made of. */
  readonly pid: number;
  /** From the start of the first process to the first good answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

interface Command {
  readonly name: string;
  readonly command: string;
  readonly arguments: (port: number) => readonly string[];
  readonly grpcPort?: number;
  readonly addRuns?: AddRuns;
  readonly environment?: Readonly<Record<string, string>>;
  /** Answered with 200 once the server works. */
  readonly healthPath: string;
  /** For what the server writes, and what it keeps. */
  readonly dir: string;
}

/** Name of our own server. */
export const OURS = "throughline";

/** `throughline up`, as it is without any flag but where it listens and keeps its data. */
export async function throughline(dir: string, quickAck: boolean): Promise<Server> {
  const grpcPort = await freePort();
  return start(
    {
      name: OURS,
      command: join(import.meta.dirname, "../../../throughline/bin/throughline.mjs"),
      arguments: (port) => [
        "up",
        ...["--http", `127.0.0.1:${port}`, "--grpc", `127.0.0.1:${grpcPort}`],
        ...["--data", join(dir, "throughline")],
      ],
      grpcPort,
      healthPath: "/readyz",
      dir,
    },
    quickAck,
  );
}

/** How `mlflow server` is run. */
export type MlflowSetting = "default" | "best";

/**
 * `mlflow server` on SQLite. `default` is what it does without a flag where only `mlflow` is installed; `best` has two
 * workers, no process for jobs, and the event loop and parser in C that it takes where uvloop and httptools are installed.
 */
export const mlflow = (
  executable: string,
  setting: MlflowSetting,
  { dir, quickAck }: { readonly dir: string; readonly quickAck: boolean },
): Promise<Server> =>
  start(
    {
      name: `mlflow, ${setting}`,
      command: executable,
      arguments: (port) => [
        ...["server", "--host", "127.0.0.1", "--port", String(port)],
        ...["--backend-store-uri", `sqlite:///${join(dir, "mlflow.db")}`],
        ...["--artifacts-destination", join(dir, "mlflow-artifacts")],
        ...(setting === "best" ? ["--workers", "2"] : ["--uvicorn-opts", "--loop asyncio --http h11"]),
      ],
      environment: setting === "best" ? { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" } : {},
      healthPath: "/health",
      addRuns: addRunsTo(executable, join(dir, "mlflow.db")),
      dir,
    },
    quickAck,
  );

/** What single metrics cost with next to nothing around them: `bare-server.ts`. */
export const bareServer = (dir: string, quickAck: boolean): Promise<Server> =>
  start(
    {
      name: "bare node:http",
      command: process.execPath,
      arguments: (port) => [join(import.meta.dirname, "bare-server.ts"), String(port), join(dir, "bare.db")],
      healthPath: "/health",
      dir,
    },
    quickAck,
  );

const START_MS_MAX = 180_000;

for (const it of ["SIGINT", "SIGTERM"] as const) process.once(it, () => process.exit(1));

async function start(of: Command, quickAck: boolean): Promise<Server> {
  const port = await freePort();
  const log = openSync(join(of.dir, `${of.name.replaceAll(/\W+/g, "-")}.log`), "a");
  const startedMs = performance.now();
  // In a group of its own, so that its end takes all of its processes along.
  const child = spawn(of.command, of.arguments(port), {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...of.environment },
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${of.command} cannot be started`);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // A bench that is ended takes its servers along.
  const kill = (): void => signal([-pid], "SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    const all = processTree(pid);
    signal([-pid], "SIGTERM");
    await Promise.race([exited, delay(10_000, undefined, { ref: false })]);
    signal([-pid, ...all], "SIGKILL");
    await exited;
  };
  const target: Target = { host: "127.0.0.1", port, quickAck };
  while (!(await isHealthy(`http://127.0.0.1:${port}${of.healthPath}`))) {
    if (child.exitCode !== null || performance.now() - startedMs > START_MS_MAX) {
      await stop();
      throw new Error(`${of.name} did not start: its log is in ${of.dir}`);
    }
    await delay(20);
  }
  const startMs = performance.now() - startedMs;
  return { name: of.name, target, grpcPort: of.grpcPort, addRuns: of.addRuns, pid, startMs, stop };
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const it of pids) {
    try {
      process.kill(it, name);
    } catch {
      // It has ended already.
    }
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
