import { midRanks, momentsOf } from "@throughline/stats";
import { type CategoricalColumn, type DataColumn, isMissing, type NumericColumn, rowCount } from "./column.ts";
import { cramersV } from "./contingency.ts";
import { centred, cosine, pearson, spearman } from "./correlation.ts";

/**
 * How strongly two columns hang together, over the rows in which neither is missing.
 *
 * - `correlation`: of two columns of numbers, the larger of Pearson's and Spearman's, without its sign.
 * - `correlation_ratio`: of a column of numbers and one of categories, the root of the share of the variance that the categories explain,
 *   corrected for their number (Kelley 1935, epsilon squared).
 * - `cramers_v`: of two columns of categories, corrected for their number.
 */
export interface Association {
  readonly measure: "correlation" | "correlation_ratio" | "cramers_v";
  /** In [0, 1]; 0 if there is nothing to measure: fewer than three rows, or a constant column. */
  readonly strength: number;
  readonly rows: number;
}

/** The association of two columns of the same rows. */
export function association(a: DataColumn, b: DataColumn): Association {
  const rows = rowsOfBoth(a, b);
  const measured = measure(a, b, rows);
  const known = rows.length >= 3 && Number.isFinite(measured.strength);
  return { ...measured, strength: known ? measured.strength : 0, rows: rows.length };
}

/**
 * The associations of any two of these columns. Equal to `association`, but for rounding; pairs of numbers with the same missing rows are
 * some hundred times faster.
 */
export function associations(columns: readonly DataColumn[]): (a: DataColumn, b: DataColumn) => Association {
  const prepared = new Map(columns.flatMap((it) => (it.kind === "numeric" ? [[it, prepare(it)] as const] : [])));
  return (a, b) => {
    const [x, y] = [a, b].map((it) => (it.kind === "numeric" ? prepared.get(it) : undefined));
    if (!x || !y || !sameRows(x.rows, y.rows)) return association(a, b);
    const strength = Math.max(Math.abs(cosine(x.linear, y.linear)), Math.abs(cosine(x.ranked, y.ranked)));
    const known = x.rows.length >= 3 && Number.isFinite(strength);
    return { measure: "correlation", strength: known ? strength : 0, rows: x.rows.length };
  };
}

interface Prepared {
  /** Where there is a value. */
  readonly rows: Uint32Array;
  readonly linear: Float64Array;
  readonly ranked: Float64Array;
}

function prepare(column: NumericColumn): Prepared {
  const rows = Uint32Array.from(rowsOfBoth(column, column));
  const values = numbers(column, rows);
  return { rows, linear: centred(values), ranked: centred(midRanks(values)) };
}

const sameRows = (a: Uint32Array, b: Uint32Array): boolean =>
  a.length === b.length && Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

function measure(a: DataColumn, b: DataColumn, rows: readonly number[]): Omit<Association, "rows"> {
  if (a.kind === "numeric" && b.kind === "numeric") {
    const [x, y] = [numbers(a, rows), numbers(b, rows)];
    return { measure: "correlation", strength: Math.max(Math.abs(pearson(x, y)), Math.abs(spearman(x, y))) };
  }
  if (a.kind === "categorical" && b.kind === "categorical")
    return { measure: "cramers_v", strength: cramersV(categories(a, rows), categories(b, rows)) };
  const [values, groups] = a.kind === "numeric" ? [a, b] : [b, a];
  const strength = correlationRatio(
    numbers(values as NumericColumn, rows),
    categories(groups as CategoricalColumn, rows),
  );
  return { measure: "correlation_ratio", strength };
}

const numbers = ({ values }: NumericColumn, rows: ArrayLike<number>): Float64Array =>
  Float64Array.from(rows, (it) => values[it] ?? Number.NaN);

const categories = ({ codes }: CategoricalColumn, rows: ArrayLike<number>): Int32Array =>
  Int32Array.from(rows, (it) => codes[it] ?? -1);

function rowsOfBoth(a: DataColumn, b: DataColumn): readonly number[] {
  const rows: number[] = [];
  for (let row = 0; row < rowCount(a); row++) if (!isMissing(a, row) && !isMissing(b, row)) rows.push(row);
  return rows;
}

function correlationRatio(values: Float64Array, codes: Int32Array): number {
  const members = new Map<number, number[]>();
  for (const [row, code] of codes.entries()) {
    const found = members.get(code);
    if (found) found.push(values[row] ?? 0);
    else members.set(code, [values[row] ?? 0]);
  }
  const total = momentsOf(values).m2;
  const within = [...members.values()].reduce((sum, it) => sum + momentsOf(it).m2, 0);
  const [n, k] = [values.length, members.size];
  if (k < 2 || total === 0 || n <= k) return 0;
  return Math.sqrt(Math.max(0, 1 - (within / (n - k)) * ((n - 1) / total)));
}
