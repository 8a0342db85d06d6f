import { type LatencyHistogram, latencyHistogram } from "./latency-histogram.ts";
import type { PredictedRow } from "./row-prediction.ts";

/** What is counted of the predictions of one release. Tallies of parts of the log add up to that of the whole. */
export interface ReleaseTally {
  predictionCount: number;
  scoreSum: number;
  failureCount: number;
  /** Rows that an outlier gate refused. */
  refusedCount: number;
  /** Of the predictions those that are not in the sample which is logged. */
  unsampledCount: number;
  readonly latency: LatencyHistogram;
}

/** A tally as JSON. */
export interface TallyRecord {
  readonly predictionCount: number;
  readonly scoreSum: number;
  readonly failureCount: number;
  /** Unset in what was written before there were gates. */
  readonly refusedCount?: number;
  /** Unset in what was written before there were samples. */
  readonly unsampledCount?: number;
  readonly latency: readonly (readonly [bucket: number, count: number])[];
}

export const emptyTally = (): ReleaseTally => ({
  predictionCount: 0,
  scoreSum: 0,
  failureCount: 0,
  refusedCount: 0,
  unsampledCount: 0,
  latency: latencyHistogram(),
});

export function addPrediction(
  tally: ReleaseTally,
  prediction: { readonly score: number; readonly latencyUs: number; readonly isSampled?: false },
): void {
  // A row that an outlier gate refused is no answer.
  if (Number.isNaN(prediction.score)) {
    tally.refusedCount += 1;
    return;
  }
  tally.predictionCount += 1;
  if (prediction.isSampled === false) tally.unsampledCount += 1;
  tally.scoreSum += prediction.score;
  tally.latency.add(prediction.latencyUs);
}

/** The rows of a request. */
export function addRows(
  tally: ReleaseTally,
  rows: readonly PredictedRow[],
  { latencyUs, isSampled }: { readonly latencyUs: number; readonly isSampled?: false | undefined },
): void {
  for (const { score, isFailure, isExcused } of rows)
    if (isFailure) tally.failureCount += 1;
    else if (!isExcused) addPrediction(tally, { score, latencyUs, ...(isSampled === false && { isSampled }) });
}

export const tallyRecord = (tally: ReleaseTally): TallyRecord => ({ ...tally, latency: tally.latency.entries() });

export function addRecord(tally: ReleaseTally, record: TallyRecord): void {
  tally.predictionCount += record.predictionCount;
  tally.scoreSum += record.scoreSum;
  tally.failureCount += record.failureCount;
  tally.refusedCount += record.refusedCount ?? 0;
  tally.unsampledCount += record.unsampledCount ?? 0;
  tally.latency.merge(record.latency);
}

/** The tally of a release in a map, made when it is first asked for. */
export function tallyOf(tallies: Map<string, ReleaseTally>, release: string): ReleaseTally {
  const known = tallies.get(release);
  if (known) return known;
  const tally = emptyTally();
  tallies.set(release, tally);
  return tally;
}
