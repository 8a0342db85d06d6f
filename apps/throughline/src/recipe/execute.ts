import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** What is told to a command about the run that it is. */
export interface RunContext {
  readonly directory: string;
  /** `host:port` of the platform's gRPC. */
  readonly grpc: string;
  readonly run: string;
  readonly params: Readonly<Record<string, string>>;
  readonly seed: bigint | undefined;
  /** The environment to add to. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs a command, without a shell, with the terminal of this process. It finds its run in THROUGHLINE_RUN, the platform in
 * THROUGHLINE_GRPC, its params as a JSON object in THROUGHLINE_PARAMS, and its seed in THROUGHLINE_SEED and
 * PYTHONHASHSEED. Resolves to the exit code: 128 and the signal's number if a signal ended it.
 */
export function execute(command: readonly string[], context: RunContext): Promise<number> {
  const [program = "", ...args] = command;
  const seed = context.seed === undefined ? {} : seedVariables(context.seed);
  const env = {
    ...context.environment,
    ...seed,
    THROUGHLINE_GRPC: context.grpc,
    THROUGHLINE_RUN: context.run,
    THROUGHLINE_PARAMS: JSON.stringify(context.params),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: context.directory, env, stdio: "inherit" });
    const release = outlive(child);
    child.once("error", (error) => {
      release();
      reject(new Error(`${program} could not be started: ${error.message}`));
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Lets this process live for as long as the command does, so that how it ended is still recorded: a signal goes to the
 * command. On a terminal Ctrl-C reaches it without us.
 */
function outlive(child: ChildProcess): () => void {
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const handler = (): void => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => handlers.forEach((remove) => void remove());
}

/** Python takes seeds of hashes from 0 to 2^32 - 1. */
const seedVariables = (seed: bigint): Readonly<Record<string, string>> => ({
  THROUGHLINE_SEED: String(seed),
  PYTHONHASHSEED: String(BigInt.asUintN(32, seed)),
});
