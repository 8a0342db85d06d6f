import type { Digest } from "@throughline/kernel";
import type { LoggedRecord, RecordsFrom } from "./analysis/logged-record.ts";
import type {
  EncodedInputs,
  LogPosition,
  Prediction,
  PredictionEntry,
  PredictionInputs,
  ReleaseFacts,
  RequestKey,
  RowsEntry,
  Shadow,
  ShadowEntry,
} from "./prediction.ts";
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

/** What the log knows of an id that it gave. */
export type FoundPrediction =
  | { readonly isSampled: true; readonly prediction: Prediction }
  /** It is not in the sample. The answer is there if the caller gave a request id. */
  | { readonly isSampled: false; readonly answer: Prediction | undefined };

/** A prediction that is not in the sample. */
export interface UnsampledPrediction {
  readonly release: string;
  readonly timeMs: number;
  readonly asOfNs: bigint;
}

/** A prediction that was asked for with a request id. */
export interface AskedPrediction {
  readonly id: string;
  readonly request: RequestKey;
  readonly timeMs: number;
}

/**
 * Every prediction of every deployment, in the order in which they were given. Laws:
 * - An entry whose append has resolved survives kill -9 of the process; with `sync`, power loss too.
 * - An entry is read back exactly as it went in, or PREDICTION_LOG_CORRUPT tells where the log is damaged.
 * - A record that was cut off by a crash is removed when the log is opened, and counted; it was never acknowledged.
 * - When the disk takes no more, appends fail with PREDICTION_LOG_UNAVAILABLE; they work again when it does.
 * - An id that this log never gave is not found, whatever it looks like.
 * - An entry that is not in the sample counts in the tally, and is in no list; its id is known as that of such a one.
 */
export interface PredictionLog {
  append(deployment: string, entry: PredictionEntry): Promise<Logged>;
  /**
   * Appends all rows of a request, or none, as `append` does. What is there then is the record; each of its rows is
   * a prediction with an id of its own (`rowId`) to all that read.
   */
  appendRows(deployment: string, entry: RowsEntry): Promise<Logged>;
  /** Makes of inputs what an entry has of them, so that it need not be done when the answer is there. */
  encode(inputs: PredictionInputs): EncodedInputs;
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
  /** Undefined for one that is not in the sample, too. */
  read(deployment: string, id: string): Promise<Prediction | undefined>;
  /** As `read`, and also what is not in the sample. */
  find(deployment: string, id: string): Promise<FoundPrediction | undefined>;
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
  /** Predictions that are not in the sample, as `forwards` gives those that are. */
  unsampled(deployment: string, window?: AsOfWindow): AsyncIterable<UnsampledPrediction>;
  /**
   * Ends what is being written: when it resolves, everything that was appended before stands in segments that never change. With
   * `hoursBeforeMs` only if it belongs to an hour before the one of this instant.
   */
  seal(deployment: string, hoursBeforeMs?: number): Promise<void>;
  /** SHA-256 over the bytes of a sealed segment. */
  segmentDigest(deployment: string, segment: string): Promise<Digest>;
  /** What was predicted so far, by release, in the sample or not. */
  tally(deployment: string): ReadonlyMap<string, ReleaseTally>;
  deployments(): readonly string[];
  /** Bytes of records that crashes had cut off. */
  tornBytes(): number;
  close(): Promise<void>;
}
