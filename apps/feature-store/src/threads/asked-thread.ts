import { Worker } from "node:worker_threads";
import { type CarriedAnswer, settle } from "./carried-answer.ts";

/** A thread of this process that answers questions, one after the other. */
export interface AskedThread<Request> extends AsyncDisposable {
  /** One question at a time: its asker awaits the answer before the next. What is in `transfer` is gone afterwards. */
  ask(request: Request, transfer?: readonly ArrayBuffer[]): Promise<unknown>;
}

/** Which thread to open. */
export interface ThreadPlan {
  readonly script: URL;
  /** What it may remember, in MiB. */
  readonly memoryMiB: number;
  /** Ends the thread and everything that waits for it. */
  readonly signal: AbortSignal;
  /** What to fail with when it remembers more. */
  readonly outOfMemory: () => Error;
}

/** Opens a thread whose script answers each message with one CarriedAnswer. */
export function openAskedThread<Request>({ script, memoryMiB, signal, outOfMemory }: ThreadPlan): AskedThread<Request> {
  const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: memoryMiB } });
  let waiting: PromiseWithResolvers<unknown> | undefined;
  let ended: { readonly reason: unknown } | undefined;
  const end = (reason: unknown): void => {
    ended ??= { reason };
    waiting?.reject(ended.reason);
  };
  worker.on("message", (answer: CarriedAnswer) => settle(waiting, answer));
  worker.on("error", (error) => end(isOutOfMemory(error) ? outOfMemory() : error));
  worker.on("exit", () => end(new Error(`the thread ${script.pathname.split("/").at(-1)} ended`)));
  const stop = (): void => {
    end(signal.reason);
    void worker.terminate();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return {
    async ask(request, transfer = []) {
      if (ended) throw ended.reason;
      waiting = Promise.withResolvers();
      worker.postMessage(request, transfer);
      return waiting.promise;
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", stop);
      await worker.terminate();
    },
  };
}

const isOutOfMemory = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
