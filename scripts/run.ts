import { spawn } from "node:child_process";
import { join } from "node:path";

/** The folder of the checkout. */
export const ROOT = join(import.meta.dirname, "..");

/** The environment of every tool that the scripts start: our own binaries first, and no Nx process left behind. */
export const toolEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
  NX_DAEMON: "false",
  NX_TUI: "false",
});

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Collect stdout instead of showing it. */
  readonly quiet?: boolean;
}

export interface RunResult {
  readonly code: number;
  /** What the command printed; empty unless `quiet`. */
  readonly stdout: string;
}

/** Runs a tool in the checkout to its end. A tool that a signal ended has code 1. */
export function run(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...toolEnvironment(), ...options.env },
      stdio: ["ignore", options.quiet ? "pipe" : "inherit", "inherit"],
    });
    const pieces: Buffer[] = [];
    child.stdout?.on("data", (piece: Buffer) => pieces.push(piece));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout: Buffer.concat(pieces).toString("utf8") }));
  });
}
