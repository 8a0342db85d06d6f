import { parentPort } from "node:worker_threads";
import { sliceMetrics } from "../domain/slice-metrics.ts";
import type { MetricsJob } from "./metrics-worker.ts";

// The thread of `metricsWorker`: one message in, one answer out. What is thrown ends the thread, which the other side sees.
parentPort?.on("message", ({ rows, options }: MetricsJob) => parentPort?.postMessage(sliceMetrics(rows, options)));
