import type { BanditState } from "@throughline/bandits";
import { type AnalysisPlan, isOfRequests, type Measurement, type Reading, type Verdict } from "@throughline/rollouts";
import type { EvidencePart, Reported } from "./evidence-part.ts";

/** The share of a release in basis points. */
export interface ArmShare {
  readonly release: string;
  readonly weightBasisPoints: number;
}

/** A rollout as its observer sees it, at one revision. */
export interface ObservedRollout {
  /** `projects/{project}/deployments/{deployment}/rollouts/{number}`. */
  readonly name: string;
  readonly deployment: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly plan: AnalysisPlan;
  readonly etag: string;
  readonly startMs: number;
  /** Index of the step that it is at. */
  readonly step: number;
  /** When each step until this revision began, and the share of the candidate since then. In order. */
  readonly timeline: readonly StepStart[];
  readonly isUnderWay: boolean;
  /** False while it is paused, inconclusive or waits for approval: shares stay then. */
  readonly isRunning: boolean;
  /** For a bandit: the shares that the arms have, and since when. */
  readonly arms?: {
    readonly shares: readonly ArmShare[];
    readonly sinceMs: number;
    /** What the shares of each request follow from, if they follow from its context. Unset: nothing yet. */
    readonly learnt?: BanditState;
  };
  /** Decisions recorded so far. */
  readonly decisionCount: number;
}

export interface StepStart {
  readonly timeMs: number;
  /** From 0 to 1. */
  readonly share: number;
}

/** What one analysis says at a moment. */
export interface AnalysisEvidence extends Reading {
  readonly analysis: string;
  readonly method: string;
  /** Predictions that wait for their label delay. */
  readonly waitingCount: number;
  /** Why it could not be made. Empty if it was. */
  readonly problem: string;
  /** What a server of metrics was asked and answered. */
  readonly measurement?: Measurement;
}

/** What was concluded, and from what. */
export interface Conclusion {
  readonly verdict: Verdict;
  readonly evidence: readonly AnalysisEvidence[];
  /** What each router has seen. */
  readonly parts: readonly EvidencePart[];
  /** For a bandit: the shares of the arms from now on. Empty: as they are. */
  readonly armShares: readonly ArmShare[];
  /** Together with shares, for a bandit with a context: what the shares of each request follow from, from now on. */
  readonly learnt?: BanditState;
  readonly knownByMs: number;
  /** In words. */
  readonly reason: string;
}

/** A decision as the registry keeps it. */
export interface RecordedDecision extends Omit<Conclusion, "reason"> {
  /** The rollout at the revision that the decision was concluded for. */
  readonly rollout: ObservedRollout;
}

/** Who has the say over rollouts. */
export interface RolloutRegistry {
  /** The rollout as it is now. Fails with NOT_FOUND. */
  rollout(name: string): Promise<ObservedRollout>;
  /** Tells what this router has seen, and gives what all have: nobody leads a rollout that is over. Fails with NOT_FOUND. */
  report(rollout: ObservedRollout, part: EvidencePart): Promise<Reported>;
  /**
   * Records a conclusion of the router that leads as the next decision. Gives the rollout after it; undefined if it is another one now, because of the
   * decision or because somebody else was first: then it has to be asked for again.
   */
  record(rollout: ObservedRollout, conclusion: Conclusion, router: string): Promise<ObservedRollout | undefined>;
  /** Fails with NOT_FOUND. */
  decision(name: string): Promise<RecordedDecision>;
}

/** The label delays for which the log is read, each on its own: none first, then those of the analyses and of the bandit. */
export const delaysOf = ({ analyses, bandit }: AnalysisPlan): readonly number[] => [
  ...new Set([
    0,
    ...analyses.filter(isOfRequests).map((it) => it.labelDelayMs),
    ...(bandit ? [bandit.labelDelayMs] : []),
  ]),
];
