import type { Digest } from "@throughline/kernel";
import type { Prediction } from "../prediction.ts";
import type { UnsampledPrediction } from "../prediction-log.ts";

/** A part of the log that gets no more records. */
export interface LogPart {
  /** Id of the segment. */
  readonly segment: string;
  readonly bytes: number;
  /** The hour in which it was begun, and which all of its records were taken in. */
  readonly hourMs: number;
  /** True if its bytes are in the blob store alone. */
  readonly isMoved: boolean;
}

/**
 * The log as sealing sees it. Laws:
 * - A segment has records that were taken within one hour, and each record is in one segment.
 * - What is in a part never changes, and reads the same before and after it was moved.
 */
export interface SealableLog {
  deployments(): readonly string[];
  /** See PredictionLog. */
  seal(deployment: string, hoursBeforeMs?: number): Promise<void>;
  /** All parts of a deployment, oldest first. */
  parts(deployment: string): readonly LogPart[];
  /** The predictions of some parts, in their order. */
  predictionsOf(deployment: string, segments: readonly string[]): AsyncIterable<Prediction>;
  /** The predictions of some parts that are not in the sample. */
  unsampledOf(deployment: string, segments: readonly string[]): AsyncIterable<UnsampledPrediction>;
  /** SHA-256 over the bytes of a part. */
  segmentDigest(deployment: string, segment: string): Promise<Digest>;
  /** Moves the bytes of a part to where `keep` puts its file. A crash at any moment leaves it readable. */
  moveAway(deployment: string, segment: string, keep: (path: string) => Promise<Digest>): Promise<void>;
}
