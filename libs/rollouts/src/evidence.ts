import {
  addArm,
  addPair,
  type Claim,
  type DifferenceSums,
  differenceSequence,
  isShown,
  logEValue,
  NO_DIFFERENCE,
  noteArm,
  notePair,
} from "@throughline/stats";
import { type Design, type Observation, rhoOf } from "./design.ts";

/**
 * What an analysis has seen: plain numbers, as JSON, of one size. Laws: observations taken in one by one or in any batches give the
 * same state, and every one of them was looked at.
 */
export interface Evidence {
  readonly sums: DifferenceSums;
  /** What tunes the sequence. 0 while the first observations, the pilot, are only looked at for it. */
  readonly rho: number;
  /** Observations of the pilot. 0 if another router's pilot tells `rho`. */
  readonly pilotCount: number;
  /** Sum of the squared differences of the pairs of the pilot. */
  readonly pilotSquares: number;
  /** Predictions whose label was due and that took no part. */
  readonly missingCount: number;
  /** When "the candidate is worse" was shown. Undefined: it was not. */
  readonly worse: Shown | undefined;
  /** The same for "it is not worse by the least effect that matters". */
  readonly cleared: Shown | undefined;
}

/** The moment at which a claim was shown for the first time. */
export interface Shown {
  /** Observations of the candidate. */
  readonly candidateCount: number;
  /** The end of the confidence sequence that excluded the contrary. */
  readonly bound: number;
  readonly logEValue: number;
}

export const NO_EVIDENCE: Evidence = {
  sums: NO_DIFFERENCE,
  rho: 0,
  pilotCount: 0,
  pilotSquares: 0,
  missingCount: 0,
  worse: undefined,
  cleared: undefined,
};

/** Takes in one more observation, in the order of the predictions. */
export function observed(evidence: Evidence, observation: Observation, design: Design): Evidence {
  if (observation.kind === "missing") return { ...evidence, missingCount: evidence.missingCount + 1 };
  const rho = evidence.rho || design.rho;
  if (rho === 0) return piloted(evidence, observation, design);
  const sums = observation.kind === "pair" ? addPair(evidence.sums, observation) : addArm(evidence.sums, observation);
  return shown({ ...evidence, rho, sums }, design);
}

/** The evidence with what it shows now, unless it was shown before. */
export function shown(evidence: Evidence, design: Design): Evidence {
  const worse = evidence.worse ?? shownNow(evidence, design, design.worse);
  const cleared = evidence.cleared ?? shownNow(evidence, design, design.cleared);
  return worse === evidence.worse && cleared === evidence.cleared ? evidence : { ...evidence, worse, cleared };
}

function shownNow(evidence: Evidence, design: Design, claim: Claim): Shown | undefined {
  const { sums } = evidence;
  if (!hasBothArms(evidence)) return undefined;
  const level = { mixture: mixtureOf(evidence, design), alpha: design.alpha };
  if (!isShown(sums, claim, level)) return undefined;
  const { low, high } = differenceSequence(sums, level);
  return {
    candidateCount: sums.candidate.count,
    bound: claim.side === "above" ? low : high,
    logEValue: logEValue(sums, claim, level.mixture),
  };
}

/**
 * False while one arm has no value: increments stand for a difference only where chance alone decides which arm has one, and of an arm that
 * never has any, such as answers without intervals, they would say something all the same.
 */
export const hasBothArms = ({ sums: { candidate, baseline } }: Pick<Evidence, "sums">): boolean =>
  candidate.count > 0 && baseline.count > 0;

/** The first observations tell the spread, by which the sequence of those after them is tuned. */
function piloted(evidence: Evidence, observation: Exclude<Observation, { kind: "missing" }>, design: Design): Evidence {
  const isPair = observation.kind === "pair";
  const sums = isPair ? notePair(evidence.sums, observation) : noteArm(evidence.sums, observation);
  const square = isPair ? (observation.candidate - observation.baseline) ** 2 : 0;
  const pilotSquares = evidence.pilotSquares + square;
  const rho = rhoOf(sums, pilotSquares, design);
  return { ...evidence, sums, pilotSquares, pilotCount: evidence.pilotCount + 1, rho };
}

export const mixtureOf = ({ rho }: Pick<Evidence, "rho">, { scale }: Pick<Design, "scale">) =>
  scale === undefined ? { rho } : { rho, scale };
