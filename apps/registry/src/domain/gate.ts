import type { NumberedChange } from "./change.ts";
import { stageOf } from "./stages.ts";

/** A bound on a metric; everything that is given must hold. */
export interface MetricCondition {
  readonly kind: "METRIC";
  /** Empty if a target of the canvas says it. */
  readonly metric: string;
  readonly greaterIsBetter: boolean;
  readonly threshold?: number;
  /** How much better than the baseline, in units of the metric; negative: how much worse it may be. */
  readonly minAbsoluteChange?: number;
  /** The same as a share of the baseline. */
  readonly minRelativeChange?: number;
  /** Id of a target of the model's canvas, or empty. */
  readonly canvasTarget: string;
  /** The unfavourable end of the interval must hold. */
  readonly useInterval: boolean;
  readonly slices?: SliceRule;
  /** Values that the author gave at registration do not count. */
  readonly measuredOnly: boolean;
}

/**
 * What must be shown of slices. MUST_CLEAR: each is good enough. MUST_NOT_FAIL: none is bad. What lies between, too few
 * rows to tell, fails the first and passes the second.
 */
export type SliceProof = "MUST_CLEAR" | "MUST_NOT_FAIL";

export type Correction = "HOLM" | "BENJAMINI_HOCHBERG" | "NONE";

/** How slices are looked at. */
export interface SliceRule {
  /** Empty: every slice. */
  readonly columns: readonly string[];
  readonly minRowCount: number;
  readonly proof: SliceProof;
  readonly correction: Correction;
  /** In (0, 1). */
  readonly confidence: number;
  /** A slice that the baseline lacks is a missing baseline. */
  readonly requireBaselineSlices: boolean;
}

/** What a leakage certificate must say. */
export interface CertificateCondition {
  readonly kind: "CERTIFICATE";
  /** Besides the accepted ones. */
  readonly maxSuspects: number;
  /** What is left out was not there when the gate was set: nothing is accepted. */
  readonly acceptedSuspects?: readonly AcceptedSuspect[];
  /** A time split was checked, and it held. */
  readonly timeSplit?: boolean;
  /** Label times were declared and known, and no label was known at its cut-off. */
  readonly labelTimes?: boolean;
  /** True: what does not hold is marked, and nothing is refused. */
  readonly marks?: boolean;
}

/** A feature that says much about a label, and for a good reason. */
export interface AcceptedSuspect {
  readonly feature: string;
  /** Empty: every label. */
  readonly label: string;
  readonly reason: string;
}

export type GateCondition =
  | MetricCondition
  | { readonly kind: "SCHEMA" }
  | CertificateCondition
  | { readonly kind: "LATENCY"; readonly metric: string; readonly maxMs: number }
  | { readonly kind: "APPROVALS"; readonly minCount: number }
  | { readonly kind: "CANVAS" }
  | { readonly kind: "CARD" };

/** What follows when there is nothing to compare with. */
export type MissingBaseline = "BLOCK" | "PASS_MARKED";

/** What is stored of a gate. */
export interface GateRecord {
  readonly model: string;
  /** `stages/Production`, `aliases/champion`, `deployments/late`; `deployments/-` is every deployment. */
  readonly targets: readonly string[];
  /** `aliases/{alias}` or `versions/{number}`; empty: what stands at the target. */
  readonly baseline: string;
  readonly missingBaseline: MissingBaseline;
  readonly condition: GateCondition;
  readonly description: string;
}

/** A condition that a version must meet before it is promoted. */
export interface Gate extends GateRecord {
  readonly name: string;
  readonly change: NumberedChange;
}

export type GateState = "MET" | "UNMET" | "MISSING_BASELINE" | "NOT_MEASURED";

/** What was found of a condition. */
export interface Finding {
  readonly state: GateState;
  readonly value?: number;
  readonly bound?: number;
  readonly sentence: string;
  readonly slices?: readonly SliceResult[];
  /** Slices that were wanted and not tested: too few rows, no interval, nothing to compare with. Absent without a rule for slices. */
  readonly untestedCount?: number;
}

/** How a condition stands for one slice. */
export interface SliceResult {
  readonly slice: string;
  readonly rowCount: number;
  readonly state: GateState;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly bound?: number;
  readonly adjustedPValue?: number;
  readonly sentence: string;
}

/** How one gate stands for one version. */
export interface GateResult extends Finding {
  readonly kind: GateCondition["kind"];
  readonly gate: string;
  readonly gateRevision: number;
  readonly modelVersion: string;
  /** Version that was compared with; empty if none was. */
  readonly baseline: string;
  readonly passes: boolean;
}

/** How all gates of a target stand. */
export interface GateReport {
  readonly subject: string;
  readonly target: string;
  readonly passes: boolean;
  readonly results: readonly GateResult[];
}

/** How the gates stood when something was promoted. */
export interface GateDecision extends GateReport {
  readonly model: string;
  readonly actor: string;
  readonly reason: string;
  readonly timeMs: number;
}

/** Most gates of a model. */
export const GATES_MAX = 100;

/** Stands for every deployment among the targets of a gate. */
const EVERY_DEPLOYMENT = "deployments/-";

/** A target in the form in which promotions name it: of the standard stages the case does not matter. */
export const targetOf = (text: string): string =>
  text.startsWith("stages/") ? `stages/${stageOf(text.slice("stages/".length))}` : text;

/** Whether a gate guards a target. */
export const guards = ({ targets }: Pick<GateRecord, "targets">, target: string): boolean =>
  targets.includes(target) || (target.startsWith("deployments/") && targets.includes(EVERY_DEPLOYMENT));

/** Whether a finding lets a version pass. What is not met is marked in any case: the finding says so. */
export const letsPass = (
  { state }: Finding,
  { condition, missingBaseline }: Pick<GateRecord, "condition" | "missingBaseline">,
): boolean =>
  state === "MET" ||
  (state === "MISSING_BASELINE" && missingBaseline === "PASS_MARKED") ||
  (condition.kind === "CERTIFICATE" && condition.marks === true);

/** Whether a condition compares with a baseline. */
export const compares = (condition: GateCondition): boolean =>
  condition.kind === "SCHEMA" ||
  (condition.kind === "METRIC" &&
    (condition.minAbsoluteChange !== undefined || condition.minRelativeChange !== undefined));

/** The states in the order in which they decide about the whole. */
export const WORST_FIRST: readonly GateState[] = ["UNMET", "NOT_MEASURED", "MISSING_BASELINE", "MET"];

/** How a gate stands whose parts stand so. */
export const worst = (states: readonly GateState[]): GateState =>
  WORST_FIRST.find((it) => states.includes(it)) ?? "MET";

/** What is to stand where. */
export interface Promotion {
  /** Name of a version or of a release. */
  readonly subject: string;
  /** `stages/{stage}`, `aliases/{alias}` or `deployments/{deployment}`. */
  readonly target: string;
}
