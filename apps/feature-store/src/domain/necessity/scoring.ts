import type { Digest } from "@throughline/kernel";
import type { Importance } from "@throughline/selection";
import type { Row } from "@throughline/tables";
import type { ModelUse } from "./model-use.ts";

/** What a prediction is judged by. Less is better. */
export type ImportanceLoss = "SQUARED_ERROR" | "ABSOLUTE_ERROR" | "LOG_LOSS";

/** A model, and what to find out about it. */
export interface ScoringTask {
  /** For messages. */
  readonly modelVersion: string;
  /** An absolute path, and the digest of what must be there. */
  readonly modelFile: string;
  readonly digest: Digest;
  readonly use: ModelUse;
  /** In the order of the rows' values; the label comes behind them. */
  readonly features: readonly string[];
  /** Undefined: LOG_LOSS if the labels are all 0 or 1, else SQUARED_ERROR. */
  readonly loss: ImportanceLoss | undefined;
  /** What is shuffled together. */
  readonly groups: readonly (readonly string[])[];
  readonly repeats: number;
  readonly seed: number;
}

/** What was found out. */
export interface Scored {
  readonly importances: readonly Importance[];
  readonly loss: ImportanceLoss;
  /** The mean loss with nothing shuffled. */
  readonly baseLoss: number;
  readonly rowCount: number;
  /** For which the model predicts no number with nothing shuffled: it takes no missing values, say. */
  readonly leftOutRowCount: number;
}

/**
 * Runs models of others, far from everything that serves. Laws:
 * - A model can neither end this process, nor take its memory, nor keep it from answering; it is ended when `signal` aborts.
 * - The same task on the same rows gives the same importances.
 *
 * Fails with MODEL_FAILED, MODEL_NOT_APPLICABLE, and with the signal's reason.
 */
export interface Scoring {
  /** Measures importances on rows without missing labels. A row is the features' values and the label as a number. */
  importances(task: ScoringTask, rows: AsyncIterable<readonly Row[]>, signal: AbortSignal): Promise<Scored>;
}
