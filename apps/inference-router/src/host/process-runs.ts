import type { Digest } from "@throughline/kernel";
import { inputsRefused, modelCrashed, modelDeadline, modelMemory } from "../domain/errors.ts";
import type { ModelExecution } from "../domain/model-statistics.ts";
import { splitRows, type Tensor } from "../domain/tensor.ts";
import type { Waiting } from "./batch-queue.ts";
import { processReplaced } from "./errors.ts";
import type { HostTotals } from "./host-totals.ts";
import { type EndReason, type ModelProcess, ModelRefusal, type RunResult } from "./model-process.ts";
import type { Pacing } from "./pacing.ts";

export interface RunLimits {
  /** How long one run may take before its process is killed. */
  readonly runMsMax: number;
  /** See ProcessLimits. */
  readonly memoryBytesMax: number;
}

/** The runs of one process. */
export interface ProcessRuns {
  /** Batches in the process: the first is at work, the others wait in its socket. */
  batches(): number;
  /** Rows of those batches. */
  rows(): number;
  start(batch: readonly Waiting[]): void;
  /** Looks at the time and the callers of what is at work: see WATCH_MS. */
  watch(isGone: (waiting: Waiting) => boolean): void;
  /** The process has ended: fails what was in it. */
  end(reason: EndReason): void;
}

interface ProcessRunsOptions {
  readonly process: ModelProcess;
  readonly limits: RunLimits;
  readonly digest: Digest;
  readonly pacing: Pacing;
  readonly totals: HostTotals;
  readonly rowsBehind: () => number;
  /** A batch has ended. Those of its requests are told that must run again alone, to find out whose inputs were refused. */
  readonly done: (again: readonly Waiting[]) => void;
}

interface Batch {
  readonly waiting: readonly Waiting[];
  readonly rows: number;
  readonly startedAt: number;
}

/** A run that everybody has left is ended early, but not before a multiple of what runs usually take. */
const ABANDONED_MS_MIN = 250;
const ABANDONED_FACTOR = 20;

export function processRuns(options: ProcessRunsOptions): ProcessRuns {
  const { process, limits, digest, pacing } = options;
  const inFlight: Batch[] = [];
  /** When the first batch came to work: it waited for the one before it. */
  let headSince = 0;
  /** What had been at work for too long at the last look. */
  let late: Batch | undefined;
  /** What the process was killed for. It may be over before the process is. */
  let overdue: Batch | undefined;

  const dispatch = async (batch: Batch): Promise<void> => {
    const { waiting } = batch;
    const outputs = waiting[0]?.run.outputs ?? [];
    let again: readonly Waiting[] = [];
    try {
      const running = process.run({ outputs, requests: waiting.map((it) => it.run.tensors) });
      const writtenAt = performance.now();
      const result = await running;
      const readAt = performance.now();
      settle(batch, result, { writtenAt, readAt });
      pacing.ran(batch.rows, result.modelNs / 1e6, options.rowsBehind());
      count(options.totals, batch, { modelMs: result.modelNs / 1e6, ms: readAt - batch.startedAt });
    } catch (error) {
      if (waiting.length > 1) again = waiting.filter((it) => !it.isAbandoned);
      else waiting[0]?.reject(refusal(error, digest));
    }
    inFlight.shift();
    headSince = performance.now();
    options.done(again);
  };
  return {
    batches: () => inFlight.length,
    rows: () => inFlight.reduce((sum, it) => sum + it.rows, 0),
    start(waiting) {
      const rows = waiting.reduce((sum, it) => sum + it.rows, 0);
      const batch: Batch = { waiting, rows, startedAt: performance.now() };
      if (inFlight.length === 0) headSince = batch.startedAt;
      inFlight.push(batch);
      void dispatch(batch);
    },
    watch(isGone) {
      const [head] = inFlight;
      if (head === undefined) return;
      for (const { waiting } of inFlight) for (const it of waiting) isGone(it);
      const ms = performance.now() - headSince;
      const leftMs = Math.max(ABANDONED_MS_MIN, pacing.runMs(head.rows) * ABANDONED_FACTOR);
      const isOver = ms > limits.runMsMax || (ms > leftMs && head.waiting.every((it) => it.isAbandoned));
      // What it has answered is read between two looks: after one alone it may be this event loop that is late, and not the model.
      const isLateAgain = isOver && late === head;
      late = isOver ? head : undefined;
      if (!isLateAgain) return;
      overdue = head;
      process.kill("deadline");
    },
    end(reason) {
      inFlight.forEach((batch, i) => {
        const isCause = i === 0 && (reason !== "deadline" || batch === overdue);
        for (const it of batch.waiting) it.reject(isCause ? endError(reason, digest) : processReplaced(digest, 0));
      });
      inFlight.length = 0;
    },
  };
}

/** Hands each request its rows of the outputs, as views of what came. */
function settle(batch: Batch, result: RunResult, at: { readonly writtenAt: number; readonly readAt: number }): void {
  const { waiting, rows, startedAt } = batch;
  const { outputs, modelNs } = result;
  if (waiting.length > 1 && outputs.some((it) => it.shape[0] !== rows)) {
    throw new ModelRefusal("the model changed the number of rows");
  }
  const counts = waiting.map((it) => it.rows);
  const parts = outputs.map((it) => splitRows(it, counts));
  const around = Math.max(0, (at.readAt - at.writtenAt) * 1e6 - modelNs);
  const execution: ModelExecution = {
    rows,
    inputNs: (at.writtenAt - startedAt) * 1e6 + around,
    inferNs: modelNs,
    outputNs: (performance.now() - at.readAt) * 1e6,
  };
  waiting.forEach((it, i) => {
    it.tell?.(execution, (startedAt - it.arrivedAt) * 1e6);
    it.resolve(parts.map((part) => part[i] as Tensor));
  });
}

function count(
  totals: HostTotals,
  { waiting, rows, startedAt }: Batch,
  { modelMs, ms }: { readonly modelMs: number; readonly ms: number },
): void {
  totals.requests += waiting.length;
  totals.rows += rows;
  totals.runs += 1;
  totals.modelMs += modelMs;
  totals.carryMs += Math.max(0, ms - modelMs);
  for (const it of waiting) totals.queueMs += startedAt - it.arrivedAt;
}

function refusal(error: unknown, digest: Digest): Error {
  if (!(error instanceof ModelRefusal)) return error as Error;
  return /allocate memory|bad_alloc/i.test(error.message)
    ? modelMemory(digest)
    : inputsRefused(digest, readable(error.message));
}

function endError(reason: EndReason, digest: Digest): Error {
  if (reason === "deadline") return modelDeadline(digest);
  if (reason === "memory") return modelMemory(digest);
  return reason === "closed" ? processReplaced(digest, 0) : modelCrashed(digest);
}

/** The runtime's message without the places in its own source. */
const readable = (message: string): string => message.replace(/\/onnxruntime_src\/\S+\s*/g, "").slice(0, 500);
