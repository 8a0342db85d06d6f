import type { DataColumn } from "./column.ts";
import { rowCount, sampledRows, takeRows } from "./column.ts";
import type { Evidence, FeatureFigures, NecessityInput, NecessityThresholds } from "./evidence.ts";
import { costly } from "./find-costly.ts";
import { leaking } from "./find-leaking.ts";
import { duplicated, nearlyConstant, redundant } from "./find-repeating.ts";
import { unused } from "./find-unused.ts";
import { type Finding, KINDS } from "./finding.ts";
import { information } from "./information.ts";
import { type Ranking, rankingOf } from "./ranking.ts";
import { spreadOf } from "./spread.ts";

/** Which features a service can do without, and which deserve a look: what the Rules of ML ask for (Zinkevich, rules 22 and 37). */
export interface NecessityReport {
  readonly rows: number;
  /** Rows on which features were compared with the label, and with each other. */
  readonly rowsSampled: number;
  readonly rowsPaired: number;
  readonly figures: readonly FeatureFigures[];
  /** The gravest first: by kind, then in the order of the features. */
  readonly findings: readonly Finding[];
  /** Which features to keep, the first ones first. Undefined without a label. */
  readonly ranking?: Ranking;
}

const ROWS_SAMPLED_MAX = 5_000;
const ROWS_PAIRED_MIN = 500;
/** Pairs of features times rows: a few seconds of work. */
const PAIR_ROWS_MAX = 500_000_000;

const DEFAULTS: NecessityThresholds = {
  constantShare: 0.99,
  redundantStrength: 0.95,
  leakingStrength: 0.95,
  costFactor: 3,
};

/**
 * The report of a feature service. The same input gives the same report. What compares features with the label looks at 5,000 rows
 * drawn by the seed, what compares them with each other and the ranking too (from 317 features on at fewer, down to 500); spread and
 * duplicates look at all. It computes for up to some seconds: call it where that holds nobody up.
 */
export function necessityReport(input: NecessityInput): NecessityReport {
  const evidence = evidenceOf(input);
  const findings = [
    ...leaking(evidence),
    ...duplicated(evidence),
    ...nearlyConstant(evidence),
    ...unused(evidence),
    ...costly(evidence),
    ...redundant(evidence),
  ];
  const rank = new Map(input.features.map((it, i) => [it.name, i]));
  const place = (it: Finding): number => rank.get(it.features[0] ?? "") ?? 0;
  const { paired, pairedLabel, seed } = evidence;
  return {
    rows: rowsOf(input.features),
    rowsSampled: rowsOf(evidence.sampled),
    rowsPaired: rowsOf(evidence.paired),
    figures: evidence.figures,
    findings: findings
      .toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || place(a) - place(b))
      .map((it) => ({ ...it, evidence: defined(it.evidence) })),
    ...(pairedLabel && { ranking: rankingOf(paired, pairedLabel, seed) }),
  };
}

/** A category has no variance, and a mean of 0 no relative deviation: what is not defined is no evidence. */
const defined = (evidence: Finding["evidence"]): Finding["evidence"] =>
  Object.fromEntries(Object.entries(evidence).filter(([, value]) => Number.isFinite(value)));

const rowsOf = (columns: readonly DataColumn[]): number => (columns[0] ? rowCount(columns[0]) : 0);

function evidenceOf(input: NecessityInput): Evidence {
  const { features, label, seed } = input;
  const rows = sampledRows(rowsOf(features), ROWS_SAMPLED_MAX, seed);
  const sampled = features.map((it) => takeRows(it, rows));
  const sampledLabel = label && takeRows(label, rows);
  const figures = features.map((it, i): FeatureFigures => {
    const spread = spreadOf(it);
    const column = sampled[i];
    return sampledLabel && column
      ? { feature: it.name, spread, information: information(column, sampledLabel, { seed }) }
      : { feature: it.name, spread };
  });
  const affordable = Math.max(ROWS_PAIRED_MIN, Math.floor(PAIR_ROWS_MAX / (features.length * features.length)));
  const pairRows = sampledRows(rowsOf(sampled), affordable, seed);
  const paired = pairRows.length === rowsOf(sampled) ? sampled : sampled.map((it) => takeRows(it, pairRows));
  const pairedLabel = sampledLabel && takeRows(sampledLabel, pairRows);
  const thresholds = { ...DEFAULTS, ...input.thresholds };
  return { ...input, thresholds, figures, sampled, sampledLabel, paired, pairedLabel };
}
