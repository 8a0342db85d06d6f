import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** How to start one real server for tests. */
export interface ServerProgram {
  /** A short name, for the data folder and for errors. */
  readonly name: string;
  /** The program: a path, or a name to find on PATH. */
  readonly command: string;
  /** The arguments for the port to listen on (loopback) and the fresh folder to keep data in. */
  readonly args: (port: number, dir: string) => readonly string[];
  /** What to add to the environment of the test process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Asked every 50 ms until it says true; a rejection counts as "not yet". */
  readonly ready: (port: number) => Promise<boolean>;
  /** How long the server may take to become ready. */
  readonly timeoutMs: number;
}

/** A server that runs. It ends with `stop`; a test process that dies before takes it along. */
export interface ServerProcess {
  readonly port: number;
  readonly dir: string;
  readonly pid: number;
  /** Asks the server to end (SIGTERM, after 5 s SIGKILL), waits for it, and removes its data folder. */
  stop(): Promise<void>;
  /** Ends the server at once as a power cut would (SIGKILL), waits for it, and keeps its data folder. */
  kill9(): Promise<void>;
}

/** Between the choice of a port and its use another server may take it. Then another one is tried. */
const PORTS_TRIED = 5;

/**
 * Starts a server on a free loopback port with a fresh data folder, and waits until it is ready. THROUGHLINE_TEST_DATA names where data
 * folders are made: in memory a server need not wait for the disk at each commit.
 */
export async function startServer(program: ServerProgram): Promise<ServerProcess> {
  for (let tried = 1; ; tried++) {
    try {
      return await startOnce(program);
    } catch (error) {
      if (tried === PORTS_TRIED || !/in use|another program listens/i.test(String(error))) throw error;
    }
  }
}

async function startOnce(program: ServerProgram): Promise<ServerProcess> {
  const port = await freePort();
  const dir = await mkdtemp(join(process.env["THROUGHLINE_TEST_DATA"] ?? tmpdir(), `throughline-${program.name}-`));
  const child = spawn(program.command, program.args(port, dir), {
    env: { ...process.env, ...program.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = lastOutput(child);
  const endWithUs = () => void child.kill("SIGKILL");
  process.once("exit", endWithUs);

  const end = async (signal: NodeJS.Signals) => {
    process.off("exit", endWithUs);
    await endProcess(child, signal);
  };
  try {
    await untilReady(program, port, child);
  } catch (cause) {
    await end("SIGKILL");
    await rm(dir, { recursive: true, force: true });
    throw new Error(`${program.name} did not start. Its last output was:\n${output()}`, { cause });
  }
  return {
    port,
    dir,
    pid: child.pid as number,
    async stop() {
      await end("SIGTERM");
      await rm(dir, { recursive: true, force: true });
    },
    kill9: () => end("SIGKILL"),
  };
}

async function untilReady(program: ServerProgram, port: number, child: ChildProcess): Promise<void> {
  const started = await Promise.race([once(child, "spawn").then(() => true), once(child, "error").then(() => false)]);
  if (!started) throw new Error(`the program ${program.command} cannot be run`);
  const deadline = Date.now() + program.timeoutMs;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    // Who answers may be another one's server, if ours has ended.
    if ((await program.ready(port).catch(() => false)) && !hasEnded(child)) return;
    await delay(50);
  }
  throw new Error(`it was not ready after ${program.timeoutMs} ms`);
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const impatient = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exited;
  clearTimeout(impatient);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Keeps the last 4,000 characters that the server prints: enough to say why it did not start. */
function lastOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (piece: Buffer) => {
      text = (text + piece.toString("utf8")).slice(-4_000);
    });
  }
  return () => text;
}

/** Below the ports that Linux gives to connections and to whoever asks for any port, which would be taken at any moment. */
const PORTS = { first: 20_000, end: 32_768 } as const;

/** A loopback port that nobody listens on right now. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.first, PORTS.end);
    const server = createServer().listen({ host: "127.0.0.1", port, exclusive: true });
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
