import { Worker } from "node:worker_threads";
import type { MetricsEngine } from "../domain/deps.ts";
import type { MetricOptions, ScoredRows, SliceMetrics } from "../domain/evaluation.ts";

/** What the thread is asked. */
export interface MetricsJob {
  readonly rows: ScoredRows;
  readonly options: MetricOptions;
}

/** Computes metrics in a thread of its own, which ends with the engine, or at once when the signal aborts. */
export function metricsWorker(signal: AbortSignal): MetricsEngine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  // Between two calls nobody listens, and an unheard error would end the process.
  worker.on("error", () => {});
  const stop = (): void => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  return {
    async metrics(rows, options) {
      signal.throwIfAborted();
      return ask(worker, { rows, options });
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener("abort", stop);
      await worker.terminate();
    },
  };
}

function ask(worker: Worker, job: MetricsJob): Promise<SliceMetrics> {
  const { promise, resolve, reject } = Promise.withResolvers<SliceMetrics>();
  const exited = (code: number): void => reject(new Error(`the metrics thread ended with code ${code}`));
  worker.once("message", resolve).once("error", reject).once("exit", exited);
  worker.postMessage(job, [job.rows.scores.buffer, job.rows.labels.buffer]);
  return promise.finally(() => worker.off("message", resolve).off("error", reject).off("exit", exited));
}
