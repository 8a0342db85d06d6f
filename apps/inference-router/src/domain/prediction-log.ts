import type { LogPosition, Prediction, PredictionEntry, ReleaseFacts } from "./prediction.ts";
import type { ReleaseTally } from "./tally.ts";

/** Where an entry went. */
export interface Logged {
  readonly id: string;
  readonly position: LogPosition;
}

/**
 * Every prediction of every deployment, in the order in which they were given. Laws:
 * - An entry whose append has resolved survives kill -9 of the process; with `sync`, power loss too.
 * - An entry is read back exactly as it went in, or PREDICTION_LOG_CORRUPT tells where the log is damaged.
 * - A record that was cut off by a crash is removed when the log is opened, and counted; it was never acknowledged.
 * - When the disk takes no more, appends fail with PREDICTION_LOG_UNAVAILABLE; they work again when it does.
 * - An id that this log never gave is not found, whatever it looks like.
 */
export interface PredictionLog {
  append(deployment: string, entry: PredictionEntry): Promise<Logged>;
  /** Notes a request that failed, for the metrics. It is written with the next entries. */
  noteFailure(deployment: string, failure: { readonly facts: ReleaseFacts; readonly timeMs: number }): void;
  read(deployment: string, id: string): Promise<Prediction | undefined>;
  /** Predictions before a position (from the end without one), newest first. */
  backwards(
    deployment: string,
    page: { readonly before?: LogPosition; readonly limit: number },
  ): Promise<readonly Prediction[]>;
  /** All predictions that are there when it begins, oldest first. */
  forwards(deployment: string): AsyncIterable<Prediction>;
  /** What was predicted so far, by release. */
  tally(deployment: string): ReadonlyMap<string, ReleaseTally>;
  deployments(): readonly string[];
  /** Bytes of records that crashes had cut off. */
  tornBytes(): number;
  close(): Promise<void>;
}
