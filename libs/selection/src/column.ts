import { type FeatureValue, invalidField } from "@throughline/kernel";
import { type Random, seededRandom } from "@throughline/stats";

/** A column of numbers; NaN stands for a missing value. No value is infinite. */
export interface NumericColumn {
  readonly kind: "numeric";
  readonly name: string;
  readonly values: Float64Array;
}

/** A column of categories by their numbers from 0; -1 stands for a missing value. */
export interface CategoricalColumn {
  readonly kind: "categorical";
  readonly name: string;
  readonly codes: Int32Array;
  readonly categories: number;
}

/** The values of a feature or of a label, one for each row. */
export type DataColumn = NumericColumn | CategoricalColumn;

/**
 * A column of feature values. Whole numbers, floats and timestamps are numbers (timestamps in seconds, so that float64 keeps
 * their microseconds); texts, bytes and booleans are categories. NaN and infinities are missing, as they have no place in a variance.
 *
 * @throws DomainError invalid MIXED_COLUMN if there are numbers and categories, or lists.
 */
export function dataColumn(name: string, values: readonly FeatureValue[]): DataColumn {
  const present = values.filter((it) => it !== null);
  if (present.every(isNumber)) {
    const numbers = Float64Array.from(values, (it) => (it === null ? Number.NaN : numberOf(it)));
    return { kind: "numeric", name, values: numbers.map((it) => (Number.isFinite(it) ? it : Number.NaN)) };
  }
  if (!present.every(isCategory))
    throw invalidField(
      name,
      "a column holds numbers, or texts, bytes or booleans, not both, and no lists",
      "MIXED_COLUMN",
    );
  return categoricalColumn(
    name,
    values.map((it) => (it === null ? undefined : categoryOf(it))),
  );
}

/** Categories get their numbers in the order in which they come. Undefined is missing. */
export function categoricalColumn(name: string, values: readonly (string | undefined)[]): CategoricalColumn {
  const known = new Map<string, number>();
  const codes = Int32Array.from(values, (it) => {
    if (it === undefined) return -1;
    const code = known.get(it) ?? known.size;
    known.set(it, code);
    return code;
  });
  return { kind: "categorical", name, codes, categories: known.size };
}

const isNumber = (value: FeatureValue): boolean =>
  typeof value === "number" ||
  typeof value === "bigint" ||
  (typeof value === "object" && value !== null && "ns" in value);

const isCategory = (value: FeatureValue): boolean =>
  typeof value === "string" || typeof value === "boolean" || value instanceof Uint8Array;

function numberOf(value: FeatureValue): number {
  if (typeof value === "object" && value !== null && "ns" in value) return Number(value.ns) / 1e9;
  return Number(value);
}

const categoryOf = (value: FeatureValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);

export const rowCount = (column: DataColumn): number =>
  column.kind === "numeric" ? column.values.length : column.codes.length;

export const isMissing = (column: DataColumn, row: number): boolean =>
  column.kind === "numeric" ? Number.isNaN(column.values[row]) : (column.codes[row] ?? -1) < 0;

/** The rows at these positions, in their order. */
export const takeRows = (column: DataColumn, rows: ArrayLike<number>): DataColumn =>
  column.kind === "numeric"
    ? { ...column, values: Float64Array.from(rows, (it) => column.values[it] ?? Number.NaN) }
    : { ...column, codes: Int32Array.from(rows, (it) => column.codes[it] ?? -1) };

/**
 * Positions of at most that many rows, drawn without repetition, rising: all of them if there are no more (R. Floyd's method: Bentley, CACM
 * 30(9), 1987, doi:10.1145/30401.315746). It takes memory for those that are drawn, however many rows there are.
 */
export function sampledRows(rows: number, most: number, seed: number): Uint32Array {
  if (rows <= most) return Uint32Array.from({ length: rows }, (_, i) => i);
  const random = seededRandom(seed);
  const chosen = new Set<number>();
  for (let last = rows - most; last < rows; last++) {
    const drawn = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(drawn) ? last : drawn);
  }
  return Uint32Array.from(chosen).sort();
}

/** Brings a uniformly drawn choice to the first places (Fisher and Yates). */
export function shuffleStart(order: Uint32Array, places: number, random: Random): void {
  for (let i = 0; i < places; i++) {
    const other = i + Math.floor(random() * (order.length - i));
    const kept = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = kept;
  }
}
