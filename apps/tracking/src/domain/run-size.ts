import { sizeOfDataset, storedTexts } from "./dataset-input.ts";
import { runTooLarge } from "./errors.ts";
import { latestMetrics, type RunMetrics } from "./metric.ts";
import { sizeOfRecipe } from "./recipe.ts";
import { nameOf, type Run } from "./run.ts";

/** Limits of one run. Together they keep a run within one message of 4 MiB and one document of the store. */
export const RUN_LIMITS = {
  /** Bytes of UTF-8 in params, tags, data sets, logged models and the recipe. */
  bytesMax: 2 * 1024 * 1024,
  /** Bytes that the latest values of all metrics take. */
  metricBytesMax: 1024 * 1024,
  datasetsMax: 1_000,
  /** Bytes of all schemas and profiles of data sets that stand beside the run: whoever shows the run has them in memory. */
  storedTextBytesMax: 64 * 1024 * 1024,
  /** Logged models that a run read, and as many that it made. */
  modelsMax: 1_000,
} as const;

/** What a number, a time and the framing of one item take at most, roughly. */
const ITEM_BYTES = 48;

/** Fails with RUN_TOO_LARGE. */
export function checkSize(run: Run): void {
  const { bytesMax, datasetsMax, modelsMax, storedTextBytesMax } = RUN_LIMITS;
  if (run.datasets.length > datasetsMax) throw runTooLarge(nameOf(run), `more than ${datasetsMax} data sets`);
  if (Math.max(run.modelInputs.length, run.modelOutputs.length) > modelsMax)
    throw runTooLarge(nameOf(run), `more than ${modelsMax} logged models`);
  if (sum(run.datasets.flatMap(storedTexts).map((it) => it.sizeBytes)) > storedTextBytesMax)
    throw runTooLarge(nameOf(run), `more than ${storedTextBytesMax} bytes of schemas and profiles of data sets`);
  if (sizeOf(run) > bytesMax) throw runTooLarge(nameOf(run), `more than ${bytesMax} bytes of params, tags and names`);
}

/** Fails with RUN_TOO_LARGE. */
export function checkMetricsSize(run: Run, metrics: RunMetrics): void {
  const { metricBytesMax } = RUN_LIMITS;
  if (sizeOfMetrics(metrics) > metricBytesMax)
    throw runTooLarge(
      nameOf(run),
      `${latestMetrics(metrics).length} metrics, whose names take more than ${metricBytesMax} bytes`,
    );
}

/** Bytes that a run takes in a message, at least roughly. */
export const sizeOf = (run: Run): number =>
  sum([...Object.entries(run.params), ...Object.entries(run.tags)].map(([key, value]) => bytes(key) + bytes(value))) +
  sum(run.datasets.map(sizeOfDataset)) +
  sum([...run.modelInputs, ...run.modelOutputs].map((it) => bytes(it.modelId) + ITEM_BYTES)) +
  (run.recipe === undefined ? 0 : sizeOfRecipe(run.recipe));

/** Bytes that the latest values take in a message, at least roughly. */
export const sizeOfMetrics = ({ pieces }: RunMetrics): number => sum(pieces.map((it) => it.bytes));

const bytes = (text: string): number => Buffer.byteLength(text) + 4;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);
