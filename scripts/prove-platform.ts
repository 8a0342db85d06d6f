import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./run.ts";

/** Where the running platform is reached. */
export interface Addresses {
  /** `host:port`. */
  readonly grpc: string;
  /** `http://host:port`. */
  readonly http: string;
}

export interface RunningPlatform extends Addresses {
  /** Ends it as an operator would, and removes its data. */
  stop(): Promise<void>;
}

const START_MS = 60_000;
const STOP_MS = 30_000;

/** Starts the command `throughline up` with empty data on free ports, and waits until it names its addresses. */
export async function startPlatform(): Promise<RunningPlatform> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-clients-"));
  const bin = join(ROOT, "apps/throughline/bin/throughline.mjs");
  const child = spawn(
    process.execPath,
    [bin, "up", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data", join(dir, "data")],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  const exited = once(child, "exit");
  const endWithUs = () => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.off("exit", endWithUs);
    child.kill("SIGTERM");
    const impatient = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    const [code, signal] = await exited;
    clearTimeout(impatient);
    await rm(dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the platform did not stop well: it ended with ${code ?? signal}`);
  };
  let output = "";
  const addresses = new Promise<Addresses>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the platform did not start: ${why}\n${output.slice(-4_000)}`));
    const timer = setTimeout(() => fail(`no addresses after ${START_MS} ms`), START_MS);
    const read = (piece: string) => {
      output = (output + piece).slice(-100_000);
      const grpc = /^\s*gRPC\s+(\S+:\d+)$/m.exec(output)?.[1];
      const http = /^\s*console and REST\s+(http:\S+)$/m.exec(output)?.[1];
      if (grpc === undefined || http === undefined) return;
      clearTimeout(timer);
      resolve({ grpc, http });
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", read);
    child.on("exit", (code) => {
      clearTimeout(timer);
      fail(`it ended with code ${code}`);
    });
  });
  try {
    return { ...(await addresses), stop };
  } catch (error) {
    // Why it did not start is what matters.
    await stop().catch(() => {});
    throw error;
  }
}
