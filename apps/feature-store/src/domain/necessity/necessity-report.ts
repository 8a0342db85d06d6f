import { canonicalJson, type Digest, digestOfBytes, type Json, type Page } from "@throughline/kernel";
import type { Finding, NecessityThresholds } from "@throughline/selection";
import type { Write } from "@throughline/store";
import type { PageRequest } from "../catalog.ts";
import type { ImportanceLoss } from "./scoring.ts";

/** A number with its 95% interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The figures of one feature. What is absent is not known. */
export interface ReportedFigures {
  readonly feature: string;
  /** Empty if it was measured; else there are no figures of its values. */
  readonly notMeasuredBecause: string;
  readonly spread?: {
    readonly missing: number;
    readonly distinct: number;
    readonly commonest: Estimate;
    /** Absent for categories. */
    readonly variance?: number;
  };
  readonly information?: {
    readonly nats: number;
    readonly natsOfMissing: number;
    readonly strength: number;
    readonly rows: number;
  };
  readonly importance?: Estimate;
  readonly dropCost?: Estimate;
  /** What the linear reference loses without it. */
  readonly linearDropCost?: Estimate;
  readonly cost?: number;
  /** Releases that read it: how many, and the newest. */
  readonly readers?: { readonly count: number; readonly newest: readonly string[] };
}

/** How importances were measured. */
export interface ImportanceBasis {
  readonly modelVersion: string;
  readonly modelDigest: Digest;
  readonly outputTensor: string;
  readonly outputColumn: number;
  readonly loss: ImportanceLoss;
  readonly baseLoss: number;
  readonly rowCount: number;
  /** Rows for which the model predicts no number. */
  readonly leftOutRowCount: number;
  readonly repeatCount: number;
}

/** A feature in the order in which features are worth having, by mRMR. */
export interface RankedFeature {
  readonly feature: string;
  /** In nats. */
  readonly relevance: number;
  readonly redundancy: number;
  /** Of the linear reference with it and those before it alone, beside all. */
  readonly linearRise?: Estimate;
}

/** How good the linear reference is. */
export interface LinearBasis {
  readonly loss: "SQUARED_ERROR" | "BRIER_SCORE";
  readonly lossOfAll: number;
  readonly lossOfNone: number;
  readonly rowCount: number;
  readonly foldCount: number;
  readonly enoughFeatureCount: number;
}

/** How drop-one costs were found, as whoever measured them says. */
export interface DropOneBasis {
  readonly trainer: string;
  readonly seeds: readonly number[];
  readonly rowCount: number;
  readonly loss?: ImportanceLoss;
  readonly baseLoss: number;
}

/** What a report says, without the figures of its features. */
export interface ReportSummary {
  /** `projects/{project}/featureServices/{service}`. */
  readonly featureService: string;
  readonly featureServiceVersion: number;
  /** `projects/{project}/trainingSets/{id}`. */
  readonly trainingSet: string;
  readonly trainingSetFile: Digest;
  /** Empty if there was none. */
  readonly label: string;
  readonly seed: number;
  readonly thresholds: NecessityThresholds;
  readonly rowCount: number;
  readonly sampledRowCount: number;
  readonly comparedRowCount: number;
  readonly pairedRowCount: number;
  readonly importance?: ImportanceBasis;
  readonly dropOne?: DropOneBasis;
  readonly linear?: LinearBasis;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly releaseCount: number;
  readonly unreadFeatures: readonly string[];
}

/** What the artifact of a report says. */
export interface ReportContent extends ReportSummary {
  readonly figures: readonly ReportedFigures[];
  /** Absent without a label, and in reports of before there were rankings. */
  readonly ranking?: readonly RankedFeature[];
}

/** A report that was kept. It never changes. */
export interface NecessityReport extends ReportSummary {
  readonly project: string;
  readonly id: string;
  /** Of its artifact: see `reportBytes`. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly actor: string;
  readonly createTimeMs: number;
}

/** Thresholds for what a request does not say. */
export const DEFAULT_THRESHOLDS: NecessityThresholds = {
  constantShare: 0.99,
  redundantStrength: 0.95,
  leakingStrength: 0.95,
  costFactor: 3,
};

/** The bytes that a report's digest is of. Numbers have nine digits: the last ones differ from machine to machine. */
export const reportBytes = (content: ReportContent): Uint8Array =>
  new TextEncoder().encode(canonicalJson(rounded(content as unknown as Json)));

/** Reads the bytes of a report, which `reportBytes` wrote. */
export const reportContent = (bytes: Uint8Array): ReportContent =>
  JSON.parse(new TextDecoder().decode(bytes)) as ReportContent;

const DIGITS = 9;

function rounded(value: Json): Json {
  if (typeof value === "number") return Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, rounded(it as Json)]));
}

/** The first 16 hex digits of the digest. */
export const reportId = (bytes: Uint8Array): string =>
  digestOfBytes(bytes).slice("sha256:".length, "sha256:".length + 16);

/** Which reports to list. */
export interface ReportsOf {
  readonly project: string;
  /** A name, or empty: of all. */
  readonly featureService: string;
  readonly asOfMs?: number | undefined;
}

/**
 * The reports that were made. Laws, checked by `store/necessity-report-store.test.ts`:
 * - Of several writers of one id exactly one succeeds; the others fail with ALREADY_EXISTS.
 * - `list` has the newest first, of one feature service if it is named; with an instant, what had been made by then.
 */
export interface NecessityReports {
  get(project: string, id: string): Promise<NecessityReport | undefined>;
  /** Fails with BAD_PAGE_TOKEN. */
  list(of: ReportsOf, page: PageRequest): Promise<Page<NecessityReport>>;
  /** True if the artifact of a report of some project has the digest. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(report: NecessityReport): readonly Write[];
}
