/** What a candidate is judged by, with everything filled in. The contract's words; see RolloutPlan there. */
export interface AnalysisPlan {
  /** True if the candidate answers copies of requests, so that each of them has both answers. */
  readonly isPaired: boolean;
  readonly steps: readonly PlanStep[];
  readonly analyses: readonly Analysis[];
  /** Probability of aborting a candidate that is as good as the baseline, over all analyses, sides and looks together. */
  readonly alpha: number;
  readonly power: number;
  /** Set if shares follow rewards. */
  readonly bandit?: BanditRule;
}

/** Releases among which a bandit moves the traffic, and how. */
export interface BanditRule {
  readonly policy: "EPSILON_GREEDY" | "UCB1" | "THOMPSON_BERNOULLI" | "THOMPSON_GAUSSIAN" | "LINEAR_THOMPSON";
  readonly epsilon: number;
  /** For LINEAR_THOMPSON: the fields of the request that rewards depend on. */
  readonly contextFields?: readonly string[];
  /** CEL over `score`, `actual` and `reward`. */
  readonly reward: string;
  readonly arms: readonly { readonly release: string; readonly floorBasisPoints: number }[];
  /** How old a prediction is when its reward is learnt. */
  readonly labelDelayMs: number;
  /** How long shares stay at least. */
  readonly leastIntervalMs: number;
}

export interface PlanStep {
  /** The candidate's share. */
  readonly weightBasisPoints: number;
  readonly leastDurationMs: number;
  /** Of the candidate in each objective, since the beginning. */
  readonly leastObservations: number;
  readonly needsApproval: boolean;
}

/** Where the values of an analysis come from. */
export type AnalysisSource =
  | { readonly kind: "EXPRESSION"; readonly expression: string }
  | { readonly kind: "LATENCY_MS" }
  | { readonly kind: "ERROR" }
  | { readonly kind: "INTERVAL_COVERED" }
  | { readonly kind: "ANOMALY" }
  /** Without names: all features that have statistics. */
  | { readonly kind: "FEATURE_DRIFT"; readonly features: readonly string[] }
  | { readonly kind: "PROMETHEUS"; readonly query: string };

/** One metric by which the candidate is compared with the baseline. */
export interface Analysis {
  readonly name: string;
  readonly role: "OBJECTIVE" | "GUARDRAIL";
  readonly source: AnalysisSource;
  /** Values are clipped to them. Unset: the values have no bounds. */
  readonly bounds?: { readonly least: number; readonly most: number };
  readonly lowerIsBetter: boolean;
  /** The least difference of means that matters, in the metric's unit. Above 0. */
  readonly minEffect: number;
  readonly labelDelayMs: number;
  /** The value of a prediction without feedback in time. Unset: it takes no part. */
  readonly missingValue?: number;
  /** Observations of the candidate; 0: as many as it takes. */
  readonly horizonObservations: number;
}

/** True if an analysis compares requests, and so takes its part of alpha. What Prometheus says is held against limits instead. */
export const isOfRequests = ({ source }: Pick<Analysis, "source">): boolean => source.kind !== "PROMETHEUS";

export type Verdict = "CONTINUE" | "PROMOTE" | "ABORT" | "INCONCLUSIVE";

const WHOLE = 10_000;

/** The shares of the steps at which both arms are seen; one half if there is none. */
export function sharesOf({ steps }: Pick<AnalysisPlan, "steps">): readonly number[] {
  const weights = steps.map((it) => it.weightBasisPoints).filter((it) => it > 0 && it < WHOLE);
  return weights.length === 0 ? [0.5] : weights.map((it) => it / WHOLE);
}
