import type { SuspectPair } from "@throughline/selection";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { SuspectFeature, SuspicionMeasure } from "./certificate.ts";
import { comparable, openSample } from "./sampled-rows.ts";
import type { ScratchFiles } from "./scratch.ts";
import { quoted } from "./segment-query.ts";
import type { OpenSelectionThread } from "./selecting.ts";

/** So high a correlation with a label is hardly ever honest. */
const SUSPECT_STRENGTH = 0.95;
/** Rows on which features are compared with labels by nearest neighbours, whose work grows faster than their number. */
const COMPARED_ROWS = { min: 500, max: 5_000 } as const;
/** Pairs of features and labels times rows: up to 1,000 pairs are compared on as many rows as may be, more on fewer. */
const PAIR_ROWS_MAX = 5_000_000;

/** What to compare. */
export interface Suspicion {
  readonly table: Pick<WrittenTable, "path" | "columns" | "rowCount">;
  readonly features: readonly string[];
  readonly labels: readonly string[];
  readonly seed: number;
  readonly scratch: ScratchFiles;
}

/** What it takes. */
export interface SuspicionDeps {
  readonly tables: TableEngine;
  readonly openSelectionThread: OpenSelectionThread;
}

/** What was found, and on how many rows it was looked for. */
export interface FoundSuspects {
  readonly suspects: readonly SuspectFeature[];
  readonly comparedRowCount: number;
}

/**
 * The features that are implausibly close to a label, in the order of labels and features, each once for a label: numbers by Pearson's
 * correlation over all rows where both are finite, and whatever the types, on a sample, by the association that fits them and by
 * their mutual information. Lists are not compared.
 */
export async function findSuspects(
  deps: SuspicionDeps,
  suspicion: Suspicion,
  signal: AbortSignal,
): Promise<FoundSuspects> {
  const { table } = suspicion;
  const kept = new Set(table.columns.filter(comparable).map((it) => it.name));
  const features = suspicion.features.filter((it) => kept.has(it));
  const labels = suspicion.labels.filter((it) => kept.has(it));
  if (features.length === 0 || labels.length === 0 || table.rowCount === 0)
    return { suspects: [], comparedRowCount: 0 };
  const asked = { ...suspicion, features, labels };
  const affordable = Math.floor(PAIR_ROWS_MAX / (features.length * labels.length));
  const rowsMax = Math.max(COMPARED_ROWS.min, Math.min(COMPARED_ROWS.max, affordable));
  const correlations = await correlationsOf(deps.tables, asked, signal);
  const close = await closeFeatures(deps, { ...asked, rowsMax }, signal);
  const suspects = labels.flatMap((label) =>
    features.flatMap((feature): readonly SuspectFeature[] => {
      const correlation = correlations.get(pairKey({ feature, label })) ?? 0;
      const found = close.find((it) => it.feature === feature && it.label === label);
      const isCorrelated = correlation >= SUSPECT_STRENGTH;
      if (!found && !isCorrelated) return [];
      const shareToldByMissing = rounded(found?.shareToldByMissing ?? 0);
      return isCorrelated || !found
        ? [
            {
              feature,
              label,
              correlation,
              measure: "PEARSON",
              strength: correlation,
              rowCount: table.rowCount,
              shareToldByMissing,
            },
          ]
        : [
            {
              feature,
              label,
              correlation,
              measure: MEASURES[found.measure],
              strength: rounded(found.strength),
              rowCount: found.rows,
              shareToldByMissing,
            },
          ];
    }),
  );
  return { suspects, comparedRowCount: Math.min(table.rowCount, rowsMax) };
}

const MEASURES: Readonly<Record<SuspectPair["measure"], SuspicionMeasure>> = {
  correlation: "CORRELATION",
  correlation_ratio: "CORRELATION_RATIO",
  cramers_v: "CRAMERS_V",
  information: "INFORMATION",
};

async function closeFeatures(
  { tables, openSelectionThread }: SuspicionDeps,
  { table, features, labels, seed, scratch, rowsMax }: Suspicion & { readonly rowsMax: number },
  signal: AbortSignal,
): Promise<readonly SuspectPair[]> {
  const columns = [...new Set([...features, ...labels])];
  await using thread = openSelectionThread(signal);
  await thread.begin(columns);
  const sample = { file: table.path, rowCount: table.rowCount, rowsMax };
  const opened = await openSample(tables, { ...sample, columns, seed, scratch, signal });
  for await (const rows of opened.read()) await thread.add(rows);
  // Awaited here: the thread ends with this function.
  return await thread.suspects({ features, labels, threshold: SUSPECT_STRENGTH, seed });
}

/** Types that have a correlation. */
const NUMERIC: ReadonlySet<string> = new Set(["bool", "int64", "float64"]);
/** Correlations that one query computes: each is an aggregate of its own. */
const PAIRS_MAX = 200;

interface Pair {
  readonly feature: string;
  readonly label: string;
}

const pairKey = ({ feature, label }: Pair): string => JSON.stringify([feature, label]);

/** Absolute correlations of all pairs of numbers, to six digits. */
async function correlationsOf(
  tables: TableEngine,
  { table, features, labels }: Suspicion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const types = new Map(table.columns.map((it) => [it.name, it.type]));
  const isNumeric = (name: string): boolean => NUMERIC.has(types.get(name) ?? "");
  const pairs = labels
    .filter(isNumeric)
    .flatMap((label) => features.filter(isNumeric).map((feature) => ({ feature, label })));
  const found = new Map<string, number>();
  for (let start = 0; start < pairs.length; start += PAIRS_MAX) {
    const some = pairs.slice(start, start + PAIRS_MAX);
    const columns = some.map((pair, i) => `${correlation(pair)} AS c${i}`);
    const sql = `SELECT ${columns.join(", ")} FROM rows`;
    const { rows } = await tables.query({ sql, inputs: { rows: [table.path] }, rowsMax: 1 }, { signal });
    some.forEach((pair, i) => {
      const value = rows[0]?.[i];
      if (typeof value === "number") found.set(pairKey(pair), rounded(Math.abs(value)));
    });
  }
  return found;
}

/** Null where there is none: no rows, or a constant. */
function correlation({ feature, label }: Pair): string {
  const [x, y] = [feature, label].map((it) => `CAST(${quoted(it)} AS DOUBLE)`);
  return `CAST(corr(${y}, ${x}) FILTER (isfinite(${x}) AND isfinite(${y})) AS DOUBLE)`;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
