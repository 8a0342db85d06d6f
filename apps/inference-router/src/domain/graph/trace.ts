import type { Feature } from "../features.ts";

/** How a graph of several nodes came to its answer. Answers of a single model have none: their path is the release's. */
export interface GraphTrace {
  /** The nodes that gave something to the answer, each after what it pulled. */
  readonly path: readonly string[];
  /** What the output node gave. Empty if an outlier gate refused. */
  readonly scores: readonly number[];
  readonly choices: readonly GraphChoice[];
  readonly absent: readonly AbsentNode[];
  readonly verdicts: readonly GateVerdict[];
  readonly enriched: readonly EnrichedRow[];
  /** True if an outlier gate refused to answer; then the score is NaN. */
  readonly isRefused: boolean;
}

/** A branch that a switch, split or bandit node took. */
export interface GraphChoice {
  readonly node: string;
  readonly branch: string;
  /** From 0 to 1: with what probability this branch was chosen then. */
  readonly propensity: number;
  /** True if the chosen branch had nothing to give and the default one stood in. */
  readonly isFallback: boolean;
  /** The arm that a bandit chose, with the numbers that it saw: what a reward is for. Unset for other nodes. */
  readonly arm?: { readonly name: string; readonly context: readonly number[] };
}

/** A node that was asked and had nothing to give, by declaration no failure. */
export interface AbsentNode {
  readonly node: string;
  /** The stable reason of the failure. */
  readonly reason: string;
}

/** What an outlier gate found: an outlier has a score above the limit. */
export interface GateVerdict {
  readonly node: string;
  readonly score: number;
  readonly limit: number;
  readonly isOutlier: boolean;
}

/** What an enrich node looked up, in the order of its features. */
export interface EnrichedRow {
  readonly node: string;
  readonly features: readonly Feature[];
}
