import { Worker } from "node:worker_threads";
import { DomainError } from "@throughline/kernel";
import type { Column, Columns } from "@throughline/transforms";
import type { Learned, OpenTransformThread, Transformed } from "../domain/transforms/transforming.ts";
import type { ThreadAnswer, ThreadRequest } from "./thread-messages.ts";

/** What a thread may remember, in MiB: a vocabulary counts up to 1,000,000 different texts. */
const MEMORY_MIB = 1_024;

/** Opens a transform thread, a worker of this process. */
export const openTransformThread: OpenTransformThread = (signal) => {
  const worker = new Worker(new URL("./transform-thread.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  let waiting: PromiseWithResolvers<unknown> | undefined;
  let ended: { readonly reason: unknown } | undefined;
  const end = (reason: unknown): void => {
    ended ??= { reason };
    waiting?.reject(ended.reason);
  };
  worker.on("message", (answer: ThreadAnswer) => settle(waiting, answer));
  worker.on("error", (error) => end(endOf(error)));
  worker.on("exit", () => end(new Error("the transform thread ended")));
  const stop = (): void => {
    end(signal.reason);
    void worker.terminate();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();

  /** One question at a time: its asker awaits the answer before the next. */
  const ask = async (request: ThreadRequest, transfer: readonly ArrayBuffer[] = []): Promise<unknown> => {
    if (ended) throw ended.reason;
    waiting = Promise.withResolvers();
    worker.postMessage(request, transfer);
    return waiting.promise;
  };
  return {
    begin: async (definition, constants) =>
      void (await ask({ kind: "begin", definition, ...(constants && { constants }) })),
    add: async (columns) => void (await ask({ kind: "add", columns }, buffersOf(columns))),
    endPass: async () => (await ask({ kind: "endPass" })) as boolean,
    learned: async () => (await ask({ kind: "learned" })) as Learned,
    apply: async (columns) => (await ask({ kind: "apply", columns }, buffersOf(columns))) as Transformed,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", stop);
      await worker.terminate();
    },
  };
};

function settle(waiting: PromiseWithResolvers<unknown> | undefined, answer: ThreadAnswer): void {
  if ("value" in answer) waiting?.resolve(answer.value);
  else if ("bug" in answer) waiting?.reject(answer.bug);
  else {
    const { kind, reason, message, ...parts } = answer.failed;
    waiting?.reject(new DomainError(kind, reason, message, parts));
  }
}

/** Numbers are handed over without a copy; whoever sends columns uses them no more. */
const buffersOf = (columns: Columns): readonly ArrayBuffer[] =>
  [...columns.values()].flatMap((it: Column) => (it.type === "string" ? [] : [it.values.buffer as ArrayBuffer]));

const endOf = (error: unknown): unknown =>
  (error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? new DomainError(
        "exhausted",
        "TRANSFORMS_OUT_OF_MEMORY",
        `The transforms took more than the ${MEMORY_MIB} MiB that they may take. Let steps keep fewer different values (sizeMax, buckets), or learn from fewer rows.`,
        { metadata: { memoryMiB: String(MEMORY_MIB) } },
      )
    : error;
