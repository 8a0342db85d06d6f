import { type ChildProcess, fork } from "node:child_process";
import { stepBack } from "@throughline/kernel/step-back";
import { closed, engineDied, received, stopped } from "../errors.ts";
import type { FromProcess, JobName, ProcessLimits, ToProcess } from "./protocol.ts";

/** What one job needs from its caller. */
export interface JobCall {
  readonly job: JobName;
  readonly plan: unknown;
  readonly limits: ProcessLimits;
  /** The next piece of input, undefined at its end. */
  readonly nextInput: () => Promise<unknown>;
  /** Takes a piece of output; the process waits until it resolves. */
  readonly takeOutput: (piece: unknown) => Promise<void>;
  readonly onProgress: (fraction: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** A child process that does one job at a time. It starts with its first job, and again after it died. */
export interface TableProcess {
  run(call: JobCall): Promise<unknown>;
  /** Ends the process at once. A running job fails with TABLE_CLOSED. */
  close(): Promise<void>;
  /** The process id while a process is alive. */
  pid(): number | undefined;
}

/** How long a cancelled job may take to stop by itself before its process is killed. */
const STOP_MS_MAX = 2_000;

const WORKER = new URL("./worker.ts", import.meta.url);

/** Makes the handle; `heapMiB` bounds the JavaScript heap of the process, beside DuckDB's own limit. */
export function tableProcess(heapMiB: number): TableProcess {
  let child: ChildProcess | undefined;
  let isClosed = false;

  const alive = (): ChildProcess => {
    if (child && child.exitCode === null && child.signalCode === null && child.connected) return child;
    child = fork(WORKER, [], {
      // The process gets no environment: neither secrets nor switches of the parent reach SQL.
      env: { TZ: "UTC" },
      execArgv: [`--max-old-space-size=${heapMiB}`],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    // Nobody waits for tables as those do who are answered by this process and its models: where the processors are short, they come first.
    stepBack(child.pid);
    return child;
  };

  return {
    pid: () => (child?.exitCode === null && child.signalCode === null ? child.pid : undefined),
    async run(call) {
      if (isClosed) throw closed();
      if (call.signal?.aborted) throw stopped(call.signal.reason);
      return runOn(alive(), call, () => isClosed);
    },
    async close() {
      isClosed = true;
      const last = child;
      if (!last || last.exitCode !== null || last.signalCode !== null) return;
      const gone = new Promise((resolve) => last.once("exit", resolve));
      last.kill("SIGKILL");
      await gone;
    },
  };
}

function runOn(child: ChildProcess, call: JobCall, isClosed: () => boolean): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  let killTimer: NodeJS.Timeout | undefined;
  let failure: unknown;
  /** Input may still be on its way when the job is over: the process is then at another one, which must not hear of it. */
  let isOver = false;
  const send = (message: ToProcess): void => {
    // A process that is gone reports itself through `exit`; the failed send adds nothing.
    if (!isOver && child.connected) child.send(message, () => {});
  };
  const stop = (cause: unknown): void => {
    if (isOver) return;
    failure ??= cause;
    send({ type: "cancel" });
    killTimer ??= setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  };
  const onAbort = (): void => stop(stopped(call.signal?.reason));
  const onMessage = (message: FromProcess): void => {
    if (message.type === "progress") call.onProgress(message.fraction);
    else if (message.type === "pull") void call.nextInput().then((piece) => send({ type: "input", piece }), stop);
    else if (message.type === "output") void call.takeOutput(message.piece).then(() => send({ type: "taken" }), stop);
    else if (message.type === "done") settle(() => (failure ? reject(failure) : resolve(message.result)));
    else settle(() => reject(failure ?? errorOf(message)));
  };
  const onExit = (code: number | null, signal: string | null): void =>
    settle(() => reject(isClosed() ? closed() : (failure ?? engineDied(signal ?? `exit code ${code}`))));
  const onError = (error: Error): void => settle(() => reject(failure ?? engineDied(error.message)));
  const settle = (finish: () => void): void => {
    isOver = true;
    clearTimeout(killTimer);
    child.off("message", onMessage).off("exit", onExit).off("error", onError);
    call.signal?.removeEventListener("abort", onAbort);
    finish();
  };

  child.on("message", onMessage).on("exit", onExit).on("error", onError);
  call.signal?.addEventListener("abort", onAbort);
  send({ type: "run", job: call.job, plan: call.plan, limits: call.limits });
  return promise;
}

function errorOf(message: Extract<FromProcess, { type: "failed" | "broken" }>): Error {
  if (message.type === "failed") return received(message.error);
  const error = new Error(`the table process failed: ${message.message}`);
  error.stack = message.stack;
  return error;
}
