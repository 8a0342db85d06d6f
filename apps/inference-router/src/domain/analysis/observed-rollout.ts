import type { AnalysisPlan, Reading, Verdict } from "@throughline/rollouts";
import type { LogPosition } from "../prediction.ts";

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
}

/** What was concluded, and up to where was read. */
export interface Conclusion {
  readonly verdict: Verdict;
  readonly evidence: readonly AnalysisEvidence[];
  /** Up to where the log was read for each label delay of the plan, in the order of `delaysOf`. */
  readonly positions: readonly LogPosition[];
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
  /**
   * Records a conclusion as the next decision. Gives the rollout after it; undefined if it is another one now, because of the
   * decision or because somebody else was first: then it has to be asked for again.
   */
  record(rollout: ObservedRollout, conclusion: Conclusion): Promise<ObservedRollout | undefined>;
  /** Fails with NOT_FOUND. */
  decision(name: string): Promise<RecordedDecision>;
}

/** The label delays for which the log is read, each on its own: none first, then those of the plan. */
export const delaysOf = ({ analyses }: AnalysisPlan): readonly number[] => [
  ...new Set([0, ...analyses.map((it) => it.labelDelayMs)]),
];
