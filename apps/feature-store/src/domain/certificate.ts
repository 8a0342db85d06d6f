import { canonicalJson, type Digest } from "@throughline/kernel";
import type { LeakageCertificate as JoinCertificate, TableEngine, WrittenTable } from "@throughline/tables";
import { quoted } from "./segment-query.ts";

/** A feature that says too much about a label. */
export interface SuspectFeature {
  readonly feature: string;
  readonly label: string;
  /** Absolute Pearson correlation, to six digits: the last ones depend on the order of addition. */
  readonly correlation: number;
}

/** What was checked about a training set. */
export interface Certificate {
  readonly passed: boolean;
  readonly seed: number;
  readonly sampledRowCount: number;
  readonly mismatchCount: number;
  readonly laterKnowledgeCount: number;
  readonly suspects: readonly SuspectFeature[];
  readonly trainingSetDigest: Digest;
}

/** So high a correlation with a label is hardly ever honest. */
export const SUSPECT_CORRELATION = 0.95;

/** A certificate from what the table engine checked. Suspects are for a person to look at: they fail nothing. */
export function certificateOf(
  checked: JoinCertificate,
  suspects: readonly SuspectFeature[],
  trainingSetDigest: Digest,
): Certificate {
  // The engine names the first differing values and counts the rows; any of them fails the certificate.
  const mismatchCount = Math.max(checked.mismatchedRows, checked.mismatches.length);
  const laterKnowledgeCount = checked.rowsWithLaterKnowledge;
  return {
    passed: mismatchCount === 0 && laterKnowledgeCount === 0,
    seed: checked.seed,
    sampledRowCount: checked.sampledRows,
    mismatchCount,
    laterKnowledgeCount,
    suspects,
    trainingSetDigest,
  };
}

/** The canonical JSON of a certificate, under the names of the contract. */
export const certificateText = (it: Certificate): string =>
  canonicalJson({
    passed: it.passed,
    seed: it.seed,
    sampled_row_count: it.sampledRowCount,
    mismatch_count: it.mismatchCount,
    later_knowledge_count: it.laterKnowledgeCount,
    suspects: it.suspects.map(({ feature, label, correlation }) => ({ feature, label, correlation })),
    training_set_digest: it.trainingSetDigest,
  });

/** Types that have a correlation. */
const NUMERIC: ReadonlySet<string> = new Set(["bool", "int64", "float64"]);

/** Correlations that one query computes: each is an aggregate of its own. */
const PAIRS_MAX = 200;

/** What to compare. */
export interface Suspicion {
  readonly table: Pick<WrittenTable, "path" | "columns">;
  readonly features: readonly string[];
  readonly labels: readonly string[];
}

/** The features whose correlation with a label is implausibly high, over the rows where both are finite. */
export async function findSuspects(
  tables: TableEngine,
  { table, features, labels }: Suspicion,
  signal: AbortSignal,
): Promise<readonly SuspectFeature[]> {
  const types = new Map(table.columns.map((it) => [it.name, it.type]));
  const isNumeric = (name: string): boolean => NUMERIC.has(types.get(name) ?? "");
  const pairs = labels
    .filter(isNumeric)
    .flatMap((label) => features.filter(isNumeric).map((feature) => ({ feature, label })));
  const suspects: SuspectFeature[] = [];
  for (let start = 0; start < pairs.length; start += PAIRS_MAX) {
    const some = pairs.slice(start, start + PAIRS_MAX);
    const columns = some.map(({ feature, label }, i) => `${correlation(feature, label)} AS c${i}`);
    const sql = `SELECT ${columns.join(", ")} FROM rows`;
    const { rows } = await tables.query({ sql, inputs: { rows: [table.path] }, rowsMax: 1 }, { signal });
    some.forEach((pair, i) => {
      const found = rows[0]?.[i];
      const rounded = typeof found === "number" ? Math.round(Math.abs(found) * 1e6) / 1e6 : 0;
      if (rounded >= SUSPECT_CORRELATION) suspects.push({ ...pair, correlation: rounded });
    });
  }
  return suspects;
}

/** Null where there is none: no rows, or a constant. */
function correlation(feature: string, label: string): string {
  const [x, y] = [feature, label].map((it) => `CAST(${quoted(it)} AS DOUBLE)`);
  return `CAST(corr(${y}, ${x}) FILTER (isfinite(${x}) AND isfinite(${y})) AS DOUBLE)`;
}
