import type { Digest } from "@throughline/kernel";
import type { Write } from "@throughline/store";

/** Something that was found out about a version after it was registered. It never changes. */
export interface Evidence {
  /** `{version}/evidence/{id}`; the id follows from the content. */
  readonly name: string;
  /** Name of the version. */
  readonly modelVersion: string;
  readonly finding: EvidenceFinding;
  readonly actor: string;
  readonly createTimeMs: number;
}

export type EvidenceFinding =
  | EvaluationFinding
  | ({ readonly kind: "CERTIFICATE"; readonly digest: Digest } & Certified)
  | ({ readonly kind: "MEASUREMENT" } & Measurement)
  | ({ readonly kind: "TEST_REPORT" } & TestReport);

/** An evaluation, which is read from the stored bytes whenever it is looked at: it may have thousands of slices. */
export interface EvaluationFinding {
  readonly kind: "EVALUATION";
  readonly digest: Digest;
  readonly dataDigest: string;
  readonly rowCount: number;
}

/** What an evaluation says. */
export interface Evaluated {
  readonly dataDigest: string;
  /** All rows, and then each slice. */
  readonly slices: readonly EvaluatedSlice[];
  /** Slices that were left out, as `column=value`. */
  readonly smallSlices: readonly string[];
}

export interface EvaluatedSlice {
  /** Empty for all rows. */
  readonly key: Readonly<Record<string, string>>;
  readonly rowCount: number;
  readonly positiveCount: number;
  readonly metrics: readonly EvaluatedMetric[];
}

/** A metric; NaN if it is not defined. */
export interface EvaluatedMetric {
  readonly name: string;
  readonly value: number;
  readonly interval?: { readonly low: number; readonly high: number; readonly level: number };
}

/** What a leakage certificate says. */
export interface Certified {
  readonly passed: boolean;
  /** The suspect features, once for each label. */
  readonly suspects: readonly string[];
  /** The same with what they are suspected of. Absent in evidence of before certificates said it. */
  readonly suspicions?: readonly SeenSuspicion[];
  /** Absent if label times were not declared. */
  readonly labelTimes?: SeenLabelTimes;
  /** Absent if no time split was checked. */
  readonly timeSplit?: SeenTimeSplit;
}

/** A feature that is suspected of a label, as a certificate says it. */
export interface SeenSuspicion {
  readonly feature: string;
  readonly label: string;
  readonly measure: string;
  readonly strength: number;
}

/** When labels were known, as a certificate says it: numbers of rows. */
export interface SeenLabelTimes {
  readonly unknownRowCount: number;
  readonly knownAtCutoffRowCount: number;
}

/** How a time split stands, as a certificate says it: numbers of rows. */
export interface SeenTimeSplit {
  readonly held: boolean;
  readonly usesLabelTimes: boolean;
  readonly trainRowCount: number;
  readonly testRowCount: number;
  readonly unknownRowCount: number;
  readonly lateTrainRowCount: number;
  readonly earlyTestRowCount: number;
}

/** A number that somebody measured. */
export interface Measurement {
  readonly metric: string;
  readonly value: number;
  /** How and where it was measured. */
  readonly source: string;
  /** Of the report; empty if there is none. */
  readonly reportDigest: string;
}

/** What tests test. */
export type TestedPart = "FEATURE_CODE" | "FEATURE_RULES" | "TRAINING_CODE" | "WHOLE_WAY";

/** Numbers of tests in a report. */
export interface ReportedTests {
  /** That ran. */
  readonly testCount: number;
  /** Of those that ran. */
  readonly failedCount: number;
  /** That did not run. */
  readonly skippedCount: number;
}

/** Tests that a program ran. */
export interface TestReport extends ReportedTests {
  readonly part: TestedPart;
  readonly digest: Digest;
  /** What was tested, as hex digits. */
  readonly commit: string;
}

/** A slice in words: `origin=SEA`, or `all rows`. */
export const sliceText = (key: EvaluatedSlice["key"]): string =>
  Object.entries(key)
    .map(([column, value]) => `${column}=${value}`)
    .join(", ") || "all rows";

/** What is known of a version by its evidence: the newest of each kind. */
export interface Known {
  readonly evaluation?: Evaluated & { readonly digest: Digest };
  readonly certificate?: Extract<EvidenceFinding, { kind: "CERTIFICATE" }>;
  readonly measurements: ReadonlyMap<string, Measurement & { readonly actor: string }>;
  /** What another service could not be asked for, as the beginning of a sentence: there may be more than is known. */
  readonly unasked?: { readonly evaluation?: string; readonly certificate?: string };
}

/**
 * Evidence of versions. Laws:
 * - Evidence never changes; a second one of the same name fails with ALREADY_EXISTS.
 * - Lists start with the newest.
 */
export interface EvidenceStore {
  insert(evidence: Evidence): readonly Write[];
  get(name: string): Promise<Evidence | undefined>;
  /** At most `limit` (up to 1,000); with an instant, of those that were there then. */
  list(modelVersion: string, limit: number, asOfMs?: number): Promise<readonly Evidence[]>;
}
