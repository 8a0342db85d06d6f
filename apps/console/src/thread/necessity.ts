import {
  type Estimate,
  type FeatureFigures,
  ImportanceLoss,
  LinearLoss,
  type NecessityFinding,
  NecessityFindingKind,
  type NecessityReport,
  Recommendation,
} from "@throughline/contracts/throughline/features/v1/necessity_pb";
import { figure } from "./format.ts";
import type { Whisker } from "./intervals.ts";

/** A word for a suspicion, and how grave it is. */
export interface KindWords {
  readonly text: string;
  readonly tone: "bad" | "look" | "calm";
}

const KINDS: Readonly<Record<NecessityFindingKind, KindWords>> = {
  [NecessityFindingKind.UNSPECIFIED]: { text: "unknown", tone: "calm" },
  [NecessityFindingKind.LEAKING]: { text: "leaking", tone: "bad" },
  [NecessityFindingKind.DUPLICATE]: { text: "duplicate", tone: "look" },
  [NecessityFindingKind.NEARLY_CONSTANT]: { text: "nearly constant", tone: "look" },
  [NecessityFindingKind.UNUSED]: { text: "unused", tone: "look" },
  [NecessityFindingKind.COSTLY]: { text: "costly", tone: "look" },
  [NecessityFindingKind.REDUNDANT]: { text: "redundant", tone: "calm" },
};

export const kindWords = (kind: NecessityFindingKind): KindWords => KINDS[kind];

const RECOMMENDATIONS: Readonly<Record<Recommendation, string>> = {
  [Recommendation.UNSPECIFIED]: "–",
  [Recommendation.INVESTIGATE]: "look before it serves on",
  [Recommendation.REMOVE]: "take it out",
  [Recommendation.KEEP_FIRST]: "keep the first",
  [Recommendation.TRY_WITHOUT]: "train without it, and compare",
};

export const recommendationWords = (it: Recommendation): string => RECOMMENDATIONS[it];

/** How many findings there are of each kind, the gravest first: `1 leaking, 2 unused`; `none` if there are none. */
export function findingsText(findings: readonly NecessityFinding[]): string {
  const counts = Map.groupBy(findings, (it) => it.kind);
  const texts = [...counts].map(([kind, of]) => `${of.length} ${kindWords(kind).text}`);
  return texts.join(", ") || "none";
}

/** The figures that led to a finding, by name: `cost share 0.4, threshold 3`. */
export const evidenceText = ({ evidence }: NecessityFinding): string =>
  Object.entries(evidence)
    .map(([name, value]) => `${name.replace(/([A-Z])/g, " $1").toLowerCase()} ${figure(value)}`)
    .join(", ");

/** An estimate with its interval: `0.4 [0.3, 0.5]`; `not known` if there is none. */
export const estimateText = (it: Estimate | undefined): string =>
  it === undefined ? "not known" : `${figure(it.value)} [${figure(it.low)}, ${figure(it.high)}]`;

/** The importances with their intervals, the greatest first. */
export const importanceWhiskers = ({ figures, importance }: NecessityReport): readonly Whisker[] =>
  figures
    .flatMap(({ feature, importance: it }) => (it ? [{ feature, ...it }] : []))
    .toSorted((a, b) => b.value - a.value)
    .map(({ feature, value, low, high }) => ({
      label: feature,
      value,
      low,
      high,
      level: 0.95,
      count: importance?.rowCount ?? 0n,
    }));

/** What the releases make of a feature. */
export const readersText = ({ readingReleaseCount }: FeatureFigures): string =>
  readingReleaseCount === undefined ? "not known" : readingReleaseCount === 0n ? "none" : String(readingReleaseCount);

const LOSSES: Readonly<Record<ImportanceLoss, string>> = {
  [ImportanceLoss.UNSPECIFIED]: "loss",
  [ImportanceLoss.SQUARED_ERROR]: "squared error",
  [ImportanceLoss.ABSOLUTE_ERROR]: "absolute error",
  [ImportanceLoss.LOG_LOSS]: "log loss",
};

const LINEAR_LOSSES: Readonly<Record<LinearLoss, string>> = {
  [LinearLoss.UNSPECIFIED]: "loss",
  [LinearLoss.SQUARED_ERROR]: "squared error",
  [LinearLoss.BRIER_SCORE]: "Brier score",
};

export const linearLossWords = (loss: LinearLoss): string => LINEAR_LOSSES[loss];

/** A feature in the order in which features are worth having, with what is known of it. */
export interface RankedRow {
  readonly place: number;
  readonly feature: string;
  readonly relevance: number;
  readonly redundancy: number;
  readonly linearRise: Estimate | undefined;
  readonly figures: FeatureFigures | undefined;
  /** What it is suspected of, the gravest first. */
  readonly suspicions: readonly NecessityFindingKind[];
}

/** The ranking beside the figures and the findings of its features. */
export function rankedRows({ ranking, figures, findings }: NecessityReport): readonly RankedRow[] {
  const known = new Map(figures.map((it) => [it.feature, it]));
  return ranking.map(({ feature, relevance, redundancy, linearRise }, i) => ({
    place: i + 1,
    feature,
    relevance,
    redundancy,
    linearRise,
    figures: known.get(feature),
    suspicions: [...new Set(findings.filter((it) => it.features.includes(feature)).map((it) => it.kind))],
  }));
}

export const lossWords = (loss: ImportanceLoss): string => LOSSES[loss];
