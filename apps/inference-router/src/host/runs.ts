import type { Digest } from "@throughline/kernel";
import { inputsRefused, modelCrashed, modelDeadline, modelMemory, modelUnavailable } from "../domain/errors.ts";
import type { Tensor } from "../domain/tensor.ts";
import { type BatchQueue, batchInputs, settleBatch, type Waiting } from "./batch-queue.ts";
import { type EndReason, type ModelProcess, ModelRefusal, watchMemory } from "./model-process.ts";

export interface RunLimits {
  /** How long one run may take before its process is killed. */
  readonly runMsMax: number;
  /** Most rows of different requests in one run. */
  readonly batchRowsMax: number;
  /** See ProcessLimits. */
  readonly memoryBytesMax: number;
}

/** The runs of one process: from the queue into it, and the answers back. */
export interface Runs {
  /** Something came into the queue: run it when this turn of the event loop is over. */
  wake(): void;
  /** A caller went away. */
  left(): void;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
  /** The process has ended: fails what was in it. */
  end(reason: EndReason): void;
}

interface RunsOptions {
  readonly process: ModelProcess;
  readonly queue: BatchQueue;
  readonly limits: RunLimits;
  readonly digest: Digest;
}

/** Batches in the process at a time: one at work, and one that waits in the pipe so that the process never does. */
const IN_FLIGHT_MAX = 2;

export function runsOf({ process, queue, limits, digest }: RunsOptions): Runs {
  let inFlight: (readonly Waiting[])[] = [];
  /** Requests whose batch was refused: they run again alone, to find out whose inputs it was. */
  const alone: Waiting[] = [];
  const watch = headWatch({ process, limits });
  let isWoken = false;
  let stopMemoryWatch: (() => void) | undefined;
  let whenIdle: (() => void)[] = [];

  const pump = (): void => {
    isWoken = false;
    while (inFlight.length < IN_FLIGHT_MAX) {
      const next = alone.shift();
      const batch = next ? [next] : queue.take(limits.batchRowsMax);
      if (batch === undefined) break;
      void dispatch(batch);
    }
    if (inFlight.length > 0) return;
    stopMemoryWatch?.();
    stopMemoryWatch = undefined;
    for (const resolve of whenIdle.splice(0)) resolve();
  };
  const dispatch = async (batch: readonly Waiting[]): Promise<void> => {
    inFlight = [...inFlight, batch];
    if (inFlight.length === 1) watch.begin(batch);
    stopMemoryWatch ??= watchMemory(process.residentBytes, limits.memoryBytesMax, () => process.kill("memory"));
    try {
      const outputs = await process.run({ tensors: batchInputs(batch), outputs: batch[0]?.outputs ?? [] });
      settle(batch, outputs);
    } catch (error) {
      if (batch.length > 1) alone.push(...batch.filter((it) => !it.isAbandoned));
      else batch[0]?.reject(refusal(error));
    }
    watch.end();
    inFlight = inFlight.filter((it) => it !== batch);
    const head = inFlight[0];
    if (head) watch.begin(head);
    pump();
  };
  const refusal = (error: unknown): Error => {
    if (!(error instanceof ModelRefusal)) return error as Error;
    return /allocate memory|bad_alloc/i.test(error.message)
      ? modelMemory(digest)
      : inputsRefused(digest, readable(error.message));
  };

  return {
    wake() {
      if (isWoken) return;
      isWoken = true;
      setImmediate(pump);
    },
    left: () => watch.left(inFlight[0]),
    idle: () =>
      inFlight.length === 0 && queue.rows() === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            whenIdle = [...whenIdle, resolve];
          }),
    end(reason) {
      stopMemoryWatch?.();
      watch.end();
      const [head = [], ...others] = inFlight;
      for (const it of head) it.reject(endError(reason, digest));
      for (const it of [...others.flat(), ...alone]) it.reject(modelUnavailable(digest));
      for (const resolve of whenIdle.splice(0)) resolve();
    },
  };
}

function settle(batch: readonly Waiting[], outputs: readonly Tensor[]): void {
  const rows = batch.reduce((sum, it) => sum + it.rows, 0);
  if (batch.length > 1 && outputs.some((it) => it.shape[0] !== rows)) {
    throw new ModelRefusal("the model changed the number of rows");
  }
  settleBatch(batch, outputs);
}

function endError(reason: EndReason, digest: Digest): Error {
  if (reason === "deadline") return modelDeadline(digest);
  if (reason === "memory") return modelMemory(digest);
  return reason === "closed" ? modelUnavailable(digest) : modelCrashed(digest);
}

/** The runtime's message without the places in its own source. */
const readable = (message: string): string => message.replace(/\/onnxruntime_src\/\S+\s*/g, "").slice(0, 500);

/** A run that everybody has left is ended early, but not before a multiple of what runs usually take. */
const ABANDONED_MS_MIN = 250;
const ABANDONED_FACTOR = 20;

/** Watches the batch that the process is at, and kills the process when it takes too long. */
function headWatch({ process, limits }: Pick<RunsOptions, "process" | "limits">) {
  let startedAt = 0;
  let usualMs = 0;
  let abandoned: NodeJS.Timeout | undefined;
  let isRunning = false;
  const deadline = setTimeout(() => {
    if (isRunning) process.kill("deadline");
  }, limits.runMsMax);
  deadline.unref();
  const left = (head: readonly Waiting[] | undefined): void => {
    if (head === undefined || abandoned !== undefined || !head.every((it) => it.isAbandoned)) return;
    const graceMs = Math.min(limits.runMsMax, Math.max(ABANDONED_MS_MIN, usualMs * ABANDONED_FACTOR));
    const leftMs = Math.max(0, graceMs - (performance.now() - startedAt));
    abandoned = setTimeout(() => process.kill("deadline"), leftMs);
  };
  return {
    begin(head: readonly Waiting[]): void {
      startedAt = performance.now();
      isRunning = true;
      deadline.refresh();
      left(head);
    },
    end(): void {
      if (!isRunning) return;
      isRunning = false;
      clearTimeout(abandoned);
      abandoned = undefined;
      usualMs = 0.9 * usualMs + 0.1 * (performance.now() - startedAt);
    },
    left,
  };
}
