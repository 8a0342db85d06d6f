import type { FeatureValue } from "@throughline/kernel";
import { sampledRows } from "@throughline/selection";
import type { Row } from "@throughline/tables";

/** Rows that were read of a training set. */
export interface ReadRows {
  readonly rows: number;
  /** Names of the values of a row. */
  readonly names: readonly string[];
  read(): AsyncIterable<readonly Row[]>;
}

/** Which of them a model is to be run on. */
export interface ScoredSample {
  readonly features: readonly string[];
  readonly label: string;
  readonly rowsMax: number;
  readonly seed: number;
}

/** Rows for a model: the features' values, then the label as a number. Rows without a label are left out. */
export async function* scoredRows(from: ReadRows, sample: ScoredSample): AsyncGenerator<readonly Row[]> {
  const chosen = new Set(sampledRows(from.rows, sample.rowsMax, sample.seed));
  const places = sample.features.map((it) => from.names.indexOf(it));
  const labelPlace = from.names.lastIndexOf(sample.label);
  let next = 0;
  for await (const rows of from.read()) {
    const some = rows.flatMap((row): readonly Row[] => {
      const isChosen = chosen.has(next++);
      const label = numberOf(row[labelPlace] ?? null);
      return isChosen && label !== undefined ? [[...places.map((at) => row[at] ?? null), label]] : [];
    });
    if (some.length > 0) yield some;
  }
}

/** Undefined for what is missing, and for NaN and the infinities, which nothing can be held against. */
function numberOf(value: FeatureValue): number | undefined {
  const isNumber = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  const number = isNumber ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
