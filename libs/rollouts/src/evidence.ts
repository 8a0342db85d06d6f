import {
  addArm,
  addPair,
  type DifferenceSums,
  differenceSequence,
  isShown,
  logEValue,
  NO_DIFFERENCE,
  noteArm,
  notePair,
} from "@throughline/stats";
import { type Design, horizonOf, type Observation, rhoOf } from "./design.ts";
import type { Verdict } from "./plan.ts";

/**
 * What an analysis has seen: plain numbers, as JSON, of one size. Laws: observations taken in one by one or in any batches give the
 * same state, and every one of them was looked at.
 */
export interface Evidence {
  readonly sums: DifferenceSums;
  /** What tunes the sequence. 0 while the first observations, the pilot, are only looked at for it. */
  readonly rho: number;
  /** Sum of the squared differences of the pairs of the pilot. */
  readonly pilotSquares: number;
  /** Predictions whose label was due and that took no part. */
  readonly missingCount: number;
  /** Observations of the candidate when "the candidate is worse" was shown. 0: it was not. */
  readonly worseAt: number;
  /** The same for "it is not worse by the least effect that matters". */
  readonly clearedAt: number;
}

export const NO_EVIDENCE: Evidence = {
  sums: NO_DIFFERENCE,
  rho: 0,
  pilotSquares: 0,
  missingCount: 0,
  worseAt: 0,
  clearedAt: 0,
};

/** Takes in one more observation, in the order of the predictions. */
export function observed(evidence: Evidence, observation: Observation, design: Design): Evidence {
  if (observation.kind === "missing") return { ...evidence, missingCount: evidence.missingCount + 1 };
  if (evidence.rho === 0) return piloted(evidence, observation, design);
  const sums = observation.kind === "pair" ? addPair(evidence.sums, observation) : addArm(evidence.sums, observation);
  const level = { mixture: mixtureOf(evidence, design), alpha: design.alpha };
  const count = sums.candidate.count;
  const worseAt = evidence.worseAt || (isShown(sums, design.worse, level) ? count : 0);
  const clearedAt = evidence.clearedAt || (isShown(sums, design.cleared, level) ? count : 0);
  return { ...evidence, sums, worseAt, clearedAt };
}

/** The first observations tell the spread, by which the sequence of those after them is tuned. */
function piloted(evidence: Evidence, observation: Exclude<Observation, { kind: "missing" }>, design: Design): Evidence {
  const isPair = observation.kind === "pair";
  const sums = isPair ? notePair(evidence.sums, observation) : noteArm(evidence.sums, observation);
  const square = isPair ? (observation.candidate - observation.baseline) ** 2 : 0;
  const pilotSquares = evidence.pilotSquares + square;
  return { ...evidence, sums, pilotSquares, rho: rhoOf(sums, pilotSquares, design) };
}

const mixtureOf = ({ rho }: Pick<Evidence, "rho">, { scale }: Design) =>
  scale === undefined ? { rho } : { rho, scale };

/** What an analysis says at a moment. */
export interface Reading {
  readonly verdict: Verdict;
  readonly candidateCount: number;
  readonly baselineCount: number;
  /** NaN without observations. */
  readonly candidateMean: number;
  readonly baselineMean: number;
  /** The confidence sequence of candidate minus baseline; infinite while nothing is known. */
  readonly low: number;
  readonly high: number;
  /** Of both sides. */
  readonly alpha: number;
  /** Of "the candidate is worse". NaN while nothing is known. */
  readonly logEValue: number;
  readonly missingCount: number;
  /** Observations of the candidate; 0 while it cannot be told. */
  readonly horizonObservations: number;
}

export function readingOf(evidence: Evidence, design: Design): Reading {
  const { sums, rho, missingCount } = evidence;
  const { candidate, baseline } = sums;
  const mixture = mixtureOf(evidence, design);
  const sequence =
    rho === 0
      ? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
      : differenceSequence(sums, { mixture, alpha: design.alpha });
  const horizonObservations = horizonOf(evidence, design);
  return {
    verdict: verdictOf(evidence, design, horizonObservations),
    candidateCount: candidate.count,
    baselineCount: baseline.count,
    candidateMean: candidate.count > 0 ? candidate.mean : Number.NaN,
    baselineMean: baseline.count > 0 ? baseline.mean : Number.NaN,
    ...sequence,
    alpha: 2 * design.alpha,
    logEValue: rho === 0 ? Number.NaN : logEValue(sums, design.worse, mixture),
    missingCount,
    horizonObservations,
  };
}

function verdictOf({ sums, worseAt, clearedAt }: Evidence, { analysis }: Design, horizon: number): Verdict {
  if (worseAt > 0) return "ABORT";
  if (clearedAt > 0) return "PROMOTE";
  const isOver = horizon > 0 && sums.candidate.count >= horizon;
  return isOver && analysis.role === "OBJECTIVE" ? "INCONCLUSIVE" : "CONTINUE";
}
