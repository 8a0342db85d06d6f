import { runTooLarge } from "./errors.ts";
import type { RunMetrics } from "./metric.ts";
import { nameOf, type Run } from "./run.ts";

/**
 * Limits of one run. Together they keep a run within one message of 4 MiB and one document of the store, and its lineage
 * within one execution.
 */
export const RUN_LIMITS = {
  /** Bytes of UTF-8 in params, tags, data sets and files. */
  bytesMax: 2 * 1024 * 1024,
  /** Bytes that the latest values of all metrics take. */
  metricBytesMax: 1024 * 1024,
  datasetsMax: 1_000,
  artifactsMax: 5_000,
} as const;

/** What a number, a time and the framing of one item take at most, roughly. */
const ITEM_BYTES = 48;

/** Fails with RUN_TOO_LARGE. */
export function checkSize(run: Run): void {
  const { bytesMax, datasetsMax, artifactsMax } = RUN_LIMITS;
  if (run.datasets.length > datasetsMax) throw runTooLarge(nameOf(run), `more than ${datasetsMax} data sets`);
  if (run.artifacts.length > artifactsMax) throw runTooLarge(nameOf(run), `more than ${artifactsMax} files`);
  if (sizeOf(run) > bytesMax) throw runTooLarge(nameOf(run), `more than ${bytesMax} bytes of params, tags and names`);
}

/** Fails with RUN_TOO_LARGE. */
export function checkMetricsSize(run: Run, metrics: RunMetrics): void {
  const { metricBytesMax } = RUN_LIMITS;
  if (sizeOfMetrics(metrics) > metricBytesMax)
    throw runTooLarge(
      nameOf(run),
      `${metrics.latest.size} metrics, whose names take more than ${metricBytesMax} bytes`,
    );
}

/** Bytes that a run takes in a message, at least roughly. */
export const sizeOf = (run: Run): number =>
  sum([...Object.entries(run.params), ...Object.entries(run.tags)].map(([key, value]) => bytes(key) + bytes(value))) +
  sum(run.datasets.map((it) => it.digest.length + bytes(it.displayName) + bytes(it.context))) +
  sum(run.artifacts.map((it) => it.digest.length + bytes(it.path) + bytes(it.mediaType))) +
  ITEM_BYTES * (run.datasets.length + run.artifacts.length);

/** Bytes that the latest values take in a message, at least roughly. */
export const sizeOfMetrics = ({ latest }: RunMetrics): number =>
  sum([...latest.keys()].map((key) => bytes(key) + ITEM_BYTES));

const bytes = (text: string): number => Buffer.byteLength(text) + 4;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);
