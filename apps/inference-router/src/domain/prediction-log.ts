import type { Digest } from "@throughline/kernel";
import type { LoggedRecord, RecordsFrom } from "./analysis/logged-record.ts";
import type { LogPosition, Prediction, PredictionEntry, ReleaseFacts, Shadow, ShadowEntry } from "./prediction.ts";
import type { ReleaseTally } from "./tally.ts";

/** Times in nanoseconds since 1970: from the first on, and before the second; unset where there is no bound. */
export interface AsOfWindow {
  readonly startNs?: bigint | undefined;
  readonly endNs?: bigint | undefined;
}

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
  /** Writes what a mirror answered, with the next entries. Shadows have the laws of predictions, and are in no tally. */
  appendShadow(deployment: string, shadow: ShadowEntry): Promise<void>;
  /** All shadows that are there when it begins, oldest first, with the window as `forwards` has it. */
  shadows(deployment: string, window?: AsOfWindow): AsyncIterable<Shadow>;
  /**
   * Predictions, failures and shadows that are there when it begins, oldest first, from a place or a time on: as much of them as
   * comparing releases needs.
   */
  records(deployment: string, from: RecordsFrom): AsyncIterable<LoggedRecord>;
  /** Shadows as `backwards` gives predictions. */
  shadowsBackwards(
    deployment: string,
    page: { readonly before?: LogPosition; readonly limit: number },
  ): Promise<readonly Shadow[]>;
  read(deployment: string, id: string): Promise<Prediction | undefined>;
  /** Predictions before a position (from the end without one), newest first. */
  backwards(
    deployment: string,
    page: { readonly before?: LogPosition; readonly limit: number },
  ): Promise<readonly Prediction[]>;
  /**
   * All predictions that are there when it begins, oldest first. With a window of `as_of` those outside of it may be left out, and
   * need not be.
   */
  forwards(deployment: string, window?: AsOfWindow): AsyncIterable<Prediction>;
  /** Ends what is being written: when it resolves, everything that was appended before stands in segments that never change. */
  seal(deployment: string): Promise<void>;
  /** SHA-256 over the bytes of a sealed segment. */
  segmentDigest(deployment: string, segment: string): Promise<Digest>;
  /** What was predicted so far, by release. */
  tally(deployment: string): ReadonlyMap<string, ReleaseTally>;
  deployments(): readonly string[];
  /** Bytes of records that crashes had cut off. */
  tornBytes(): number;
  close(): Promise<void>;
}
