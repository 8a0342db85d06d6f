import type { DataColumn } from "./column.ts";
import type { DropCost } from "./drop-one.ts";
import type { Information } from "./information.ts";
import type { Importance } from "./permutation-importance.ts";
import type { Spread } from "./spread.ts";

/** What is known of a feature besides its values. */
export interface FeatureFacts {
  /** What it costs to have, in one unit for all features (money a month, compute seconds a day). Undefined: not declared. */
  readonly cost?: number;
  /** The models and services that read it. Undefined: not known; empty: nobody. */
  readonly readBy?: readonly string[];
}

/** From where on something is a finding. All are shares or strengths in [0, 1] but for the last. */
export interface NecessityThresholds {
  /** The share of rows with the commonest value. Default 0.99. */
  readonly constantShare: number;
  /** The association of two features. Default 0.95. */
  readonly redundantStrength: number;
  /** The correlation, or the strength of information, of a feature with the label. Default 0.95. */
  readonly leakingStrength: number;
  /** How many times greater a feature's share of the cost than its share of the importance. Default 3. */
  readonly costFactor: number;
}

/** What a report is made of. What is left out is not reported on. */
export interface NecessityInput {
  /** The features of a feature service, with the same rows. */
  readonly features: readonly DataColumn[];
  readonly label?: DataColumn;
  readonly facts?: ReadonlyMap<string, FeatureFacts>;
  readonly importances?: readonly Importance[];
  readonly dropCosts?: readonly DropCost[];
  readonly thresholds?: Partial<NecessityThresholds>;
  readonly seed: number;
}

/** The figures of one feature. */
export interface FeatureFigures {
  readonly feature: string;
  readonly spread: Spread;
  /** With the label, if there is one. */
  readonly information?: Information;
}

/** What the finders of one kind look at. */
export interface Evidence extends Omit<NecessityInput, "thresholds"> {
  readonly thresholds: NecessityThresholds;
  readonly figures: readonly FeatureFigures[];
  /** A sample of the rows, for what compares features with the label. */
  readonly sampled: readonly DataColumn[];
  readonly sampledLabel: DataColumn | undefined;
  /** A sample for what compares features with each other. */
  readonly paired: readonly DataColumn[];
  readonly pairedLabel: DataColumn | undefined;
}
