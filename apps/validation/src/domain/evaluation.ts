import { canonicalJson, type Digest, type Json } from "@throughline/kernel";

/** How good predictions are, over all rows and slice by slice. */
export interface Evaluation extends EvaluationContent {
  readonly name: string;
  readonly digest: Digest;
  readonly createTimeMs: number;
}

/** What an evaluation says: everything that its digest covers. */
export interface EvaluationContent {
  readonly dataDigest: Digest;
  readonly subject: string;
  /** All rows, and then each slice. */
  readonly slices: readonly Slice[];
  /** Slices with too few rows, as `column=value`. */
  readonly smallSlices: readonly string[];
  /** Left out: BINARY. */
  readonly task?: EvaluationTask;
}

/** What scores predict: whether a label is positive, or a number. */
export type EvaluationTask = "BINARY" | "REGRESSION";

/** The metrics of some of the rows. */
export interface Slice extends SliceMetrics {
  /** Empty for all rows. */
  readonly key: Readonly<Record<string, string>>;
}

export interface SliceMetrics {
  readonly rowCount: number;
  readonly positiveCount: number;
  readonly metrics: readonly EvaluationMetric[];
}

/** A metric; NaN if it is not defined. */
export interface EvaluationMetric {
  readonly name: string;
  readonly value: number;
  readonly interval?: MetricInterval;
}

export interface MetricInterval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly method: string;
}

/** How predictions are turned into metrics. */
export interface MetricOptions {
  /** Score from which a row is called positive. */
  readonly threshold: number;
  /** Confidence level of the intervals. */
  readonly level: number;
  /** Left out: BINARY. */
  readonly task?: EvaluationTask;
}

/** Labels (1 or 0) and scores (0 to 1) of the same rows; of a regression true and predicted values. */
export interface ScoredRows {
  readonly scores: Float64Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/** The bytes that an evaluation is addressed by. What is not defined is null. */
export function evaluationText(content: EvaluationContent): string {
  const { dataDigest, subject, slices, smallSlices, task } = content;
  return canonicalJson({
    dataDigest,
    subject,
    slices: slices.map(sliceJson),
    smallSlices: [...smallSlices],
    ...(task === "REGRESSION" && { task }),
  });
}

const sliceJson = ({ key, rowCount, positiveCount, metrics }: Slice): Json => ({
  key: { ...key },
  rowCount,
  positiveCount,
  metrics: metrics.map(({ name, value, interval }) => ({
    name,
    value: Number.isNaN(value) ? null : value,
    interval: interval ? { ...interval } : null,
  })),
});
