import { momentsOf, populationVariance } from "@throughline/stats";
import { type CategoricalColumn, type DataColumn, isMissing, rowCount } from "./column.ts";

/** Features as numbers that a linear model can take: which columns are which feature's. */
export interface Design {
  /** Each with a mean of 0 and a variance of 1. */
  readonly columns: readonly Float64Array[];
  /** The places of a feature's columns: from `start` up to and without `end`. Empty for a feature that never changes. */
  readonly places: readonly { readonly feature: string; readonly start: number; readonly end: number }[];
}

/** Categories that get a column of their own; the others of a feature are alike. */
const CATEGORIES_MAX = 10;

/**
 * Numbers as they are, a missing one at the mean and with a column that says so; categories by a column for each of the ten
 * commonest, to which being missing counts.
 */
export function design(features: readonly DataColumn[]): Design {
  const columns: Float64Array[] = [];
  const places = features.map((feature) => {
    const start = columns.length;
    for (const it of feature.kind === "numeric" ? ofNumbers(feature.values) : ofCategories(feature)) {
      const column = standardised(it);
      if (column) columns.push(column);
    }
    return { feature: feature.name, start, end: columns.length };
  });
  return { columns, places };
}

function ofNumbers(values: Float64Array): readonly Float64Array[] {
  const present = values.filter((it) => !Number.isNaN(it));
  if (present.length === values.length) return [values];
  const { mean } = momentsOf(present);
  return [values.map((it) => (Number.isNaN(it) ? mean : it)), values.map((it) => (Number.isNaN(it) ? 1 : 0))];
}

const ofCategories = ({ codes }: CategoricalColumn): readonly Float64Array[] =>
  commonest(codes)
    .slice(0, CATEGORIES_MAX)
    .map((code) => Float64Array.from(codes, (it) => (it === code ? 1 : 0)));

/** The categories from the commonest on; equally common ones in the order in which they come. */
function commonest(codes: Int32Array): readonly number[] {
  const counts = new Map<number, number>();
  for (const it of codes) counts.set(it, (counts.get(it) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([code]) => code);
}

function standardised(values: Float64Array): Float64Array | undefined {
  const moments = momentsOf(values);
  const deviation = Math.sqrt(populationVariance(moments));
  // What is left of equal values after rounding is no deviation.
  if (!(deviation > 1e-12 * Math.abs(moments.mean))) return undefined;
  return values.map((it) => (it - moments.mean) / deviation);
}

/** What is predicted: a number, or of each class whether a row is of it. */
export function targets(label: DataColumn): readonly Float64Array[] {
  if (label.kind === "numeric") return [label.values];
  const classes = [...new Set(label.codes)].toSorted((a, b) => a - b);
  return classes.map((code) => Float64Array.from(label.codes, (it) => (it === code ? 1 : 0)));
}

/** The places of the rows that have a label. */
export const labelledRows = (label: DataColumn): Uint32Array =>
  Uint32Array.from({ length: rowCount(label) }, (_, row) => row).filter((row) => !isMissing(label, row));
