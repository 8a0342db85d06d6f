import type { BanditState } from "@throughline/bandits";
import type { Evidence } from "@throughline/rollouts";
import type { LogPosition } from "../prediction.ts";

/** What one router has seen of a rollout: what follows from its own log and the feedback for it, and from nothing else. */
export interface EvidencePart {
  /** Id of the router's log. */
  readonly router: string;
  /** Of the rollout that it was computed for. */
  readonly revision: number;
  /** Up to where the log was read for each label delay of the plan, in the order of `delaysOf`. */
  readonly positions: readonly LogPosition[];
  readonly knownByMs: number;
  /** Of each analysis that compares requests, in the order of the plan. */
  readonly analyses: readonly AnalysisPart[];
  /** What was learnt of the arms of a bandit. */
  readonly rewards?: BanditState;
}

export interface AnalysisPart {
  readonly analysis: string;
  readonly evidence: Evidence;
  /** The router whose pilot told what tunes the evidence. Empty while nobody's did. */
  readonly tunedBy: string;
  /** Predictions that wait for their label delay. */
  readonly waitingCount: number;
}

/** By what an analysis is tuned on every router, and the one whose pilot told it. */
export interface Tuning {
  readonly analysis: string;
  readonly router: string;
  readonly rho: number;
}

/** What all routers have told of a rollout. */
export interface Reported {
  /** True if this router concludes for all. */
  readonly leads: boolean;
  /** The newest part of each router, by router. */
  readonly parts: readonly EvidencePart[];
  readonly tunings: readonly Tuning[];
  /** Routers whose parts are waited for. */
  readonly behind: readonly string[];
}

/** The parts that are tuned as all are to be. The others are about to be told anew. */
export function fittingParts({ parts, tunings }: Pick<Reported, "parts" | "tunings">): readonly EvidencePart[] {
  const tunerOf = new Map(tunings.map((it) => [it.analysis, it.router]));
  return parts.filter(({ analyses }) =>
    analyses.every(({ analysis, tunedBy }) => tunedBy === "" || tunedBy === tunerOf.get(analysis)),
  );
}

/** The tunings by which a part was computed that another router told. */
export const foreignTunings = ({ router, analyses }: EvidencePart): readonly Tuning[] =>
  analyses.flatMap(({ analysis, tunedBy, evidence }) =>
    tunedBy === "" || tunedBy === router ? [] : [{ analysis, router: tunedBy, rho: evidence.rho }],
  );
