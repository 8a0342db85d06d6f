import { differenceSequence, logEValue } from "@throughline/stats";
import { type Design, dueOf, horizonOf } from "./design.ts";
import { type Evidence, hasBothArms, mixtureOf } from "./evidence.ts";
import type { Verdict } from "./plan.ts";

/** What an analysis says at a moment. */
export interface Reading {
  readonly verdict: Verdict;
  readonly candidateCount: number;
  readonly baselineCount: number;
  /** NaN without observations. */
  readonly candidateMean: number;
  readonly baselineMean: number;
  /**
   * The confidence sequence of candidate minus baseline; infinite while nothing is known. What was shown at an earlier moment stays
   * shown, so that these are never wider than the bounds on which the verdict rests.
   */
  readonly low: number;
  readonly high: number;
  /** Of both sides. */
  readonly alpha: number;
  /** Of "the candidate is worse": of the moment at which that was shown, if it was, and of now otherwise. NaN while nothing is known. */
  readonly logEValue: number;
  readonly missingCount: number;
  /** Observations of the candidate; 0 while it cannot be told. */
  readonly horizonObservations: number;
}

export function readingOf(evidence: Evidence, design: Design): Reading {
  const { sums, rho, missingCount, worse } = evidence;
  const { candidate, baseline } = sums;
  const horizonObservations = horizonOf(evidence, design);
  const isKnown = rho > 0 && hasBothArms(evidence);
  return {
    verdict: verdictOf(evidence, design, horizonObservations),
    candidateCount: candidate.count,
    baselineCount: baseline.count,
    candidateMean: candidate.count > 0 ? candidate.mean : Number.NaN,
    baselineMean: baseline.count > 0 ? baseline.mean : Number.NaN,
    ...boundsOf(evidence, design),
    alpha: 2 * design.alpha,
    logEValue: isKnown ? (worse?.logEValue ?? logEValue(sums, design.worse, mixtureOf(evidence, design))) : Number.NaN,
    missingCount,
    horizonObservations,
  };
}

function boundsOf(evidence: Evidence, design: Design): { readonly low: number; readonly high: number } {
  const { sums, rho, worse, cleared } = evidence;
  if (rho === 0 || !hasBothArms(evidence)) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const now = differenceSequence(sums, { mixture: mixtureOf(evidence, design), alpha: design.alpha });
  const lows = [design.worse.side === "above" ? worse : cleared].flatMap((it) => (it ? [it.bound] : []));
  const highs = [design.worse.side === "above" ? cleared : worse].flatMap((it) => (it ? [it.bound] : []));
  const [low, high] = [Math.max(now.low, ...lows), Math.min(now.high, ...highs)];
  if (low <= high) return { low, high };
  // The sequence has left what was shown before, which happens with a probability of alpha: then what was decided on is all that is left.
  return lows.length > 0 ? { low, high: low } : { low: high, high };
}

function verdictOf({ sums, worse, cleared }: Evidence, { analysis }: Design, horizon: number): Verdict {
  if (worse) return "ABORT";
  if (cleared) return "PROMOTE";
  const isOver = horizon > 0 && dueOf(sums) >= horizon;
  return isOver && analysis.role === "OBJECTIVE" ? "INCONCLUSIVE" : "CONTINUE";
}
