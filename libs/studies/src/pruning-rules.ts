import type { Direction, Trial } from "./trial.ts";

/** Keeps the trials whose best report so far is within the best `percentile` of the complete trials at the same step. */
export interface PercentileRule {
  readonly kind: "percentile";
  /** In (0, 100]; 50 is the median rule. */
  readonly percentile: number;
  /** Nothing is pruned before so many trials are complete. */
  readonly startupTrials: number;
  /** Nor before this step. */
  readonly warmupSteps: number;
  /** Steps from one check to the next. */
  readonly intervalSteps: number;
  /** Nor where fewer complete trials have a report at the step. */
  readonly trialsMin: number;
}

/** Rungs at the steps minResource * factor^(delay + 0, 1, 2, ...); one in `factor` goes on from each. */
export interface HalvingRule {
  readonly minResource: number;
  /** From 2 on. */
  readonly factor: number;
  readonly delay: number;
}

/** What a pruner judges. */
export interface Judged {
  readonly direction: Direction;
  readonly seed: number;
  /** The trial with its last report; nothing is pruned that has none. */
  readonly trial: Trial;
  readonly others: readonly Trial[];
}
