import type { Analysis, Verdict } from "./plan.ts";
import type { Reading } from "./reading.ts";

/** What a server of metrics answered about both releases. */
export interface Measurement {
  /** The queries as they were sent. */
  readonly candidateQuery: string;
  readonly baselineQuery: string;
  /** The instant that was asked about. */
  readonly timeMs: number;
  /** Undefined if there was none. */
  readonly candidate: number | undefined;
  readonly baseline: number | undefined;
  /** Since when there is no answer with both. */
  readonly missingSinceMs: number | undefined;
}

/** How long there may be no answer where a plan does not say it. */
const MISSING_MS_MAX = 120_000;

/**
 * What an analysis by measurements says: ABORT if the candidate's number is outside of the bounds or worse than the baseline's by more
 * than the least effect, PROMOTE if it is not. Without both numbers CONTINUE, and INCONCLUSIVE once they are missing for too long.
 */
export function measuredReading(analysis: Analysis, { candidate, baseline, ...measurement }: Measurement): Reading {
  const known = candidate !== undefined && baseline !== undefined;
  const difference = known ? candidate - baseline : Number.NaN;
  const missingMs = measurement.timeMs - (measurement.missingSinceMs ?? measurement.timeMs);
  const verdict = known
    ? limitVerdict(analysis, candidate, difference)
    : missingMs >= (analysis.labelDelayMs || MISSING_MS_MAX)
      ? "INCONCLUSIVE"
      : "CONTINUE";
  return {
    verdict,
    candidateCount: candidate === undefined ? 0 : 1,
    baselineCount: baseline === undefined ? 0 : 1,
    candidateMean: candidate ?? Number.NaN,
    baselineMean: baseline ?? Number.NaN,
    low: known ? difference : Number.NEGATIVE_INFINITY,
    high: known ? difference : Number.POSITIVE_INFINITY,
    alpha: 0,
    logEValue: Number.NaN,
    missingCount: known ? 0 : 1,
    horizonObservations: 0,
  };
}

function limitVerdict({ bounds, lowerIsBetter, minEffect }: Analysis, value: number, difference: number): Verdict {
  const isOutside = bounds !== undefined && !(value >= bounds.least && value <= bounds.most);
  const worsening = lowerIsBetter ? difference : -difference;
  return isOutside || worsening > minEffect ? "ABORT" : "PROMOTE";
}
