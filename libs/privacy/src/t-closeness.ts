import type { FeatureValue } from "@throughline/kernel";
import type { ClassCounts, ValueCounts } from "./class-counts.ts";
import { isTimestamp } from "./generalise.ts";

/** How far the values of a sensitive column in one class are from those of the whole table (Li, Li and Venkatasubramanian 2007). */
export interface TCloseness {
  readonly column: string;
  /** How values are compared: numbers and timestamps by their places in the order, all others as equal or not. */
  readonly distance: "ordered" | "equal";
  /** The largest earth mover's distance of a class, in [0, 1]; 0 for no rows. */
  readonly t: number;
}

/**
 * The t-closeness of the sensitive column at a place (doi:10.1109/ICDE.2007.367856). The ordered distance counts places among the
 * values that the table has, not differences of the numbers; null comes first and NaN next.
 */
export function tCloseness(counts: ClassCounts, place: number): TCloseness {
  const values = [...(counts.values[place] ?? new Map<string, FeatureValue>())];
  const ordered = values.every(([, it]) => it === null || isOrdered(it)) && values.some(([, it]) => it !== null);
  if (ordered) values.sort(([, a], [, b]) => compare(a, b));
  const keys = values.map(([key]) => key);
  const table = tableShares(counts, place, keys);
  const distance = ordered ? orderedDistance : equalDistance;
  let t = 0;
  for (const { rows, sensitive } of counts.classes.values())
    t = Math.max(t, distance(sensitive[place] ?? new Map(), { keys, table, rows }));
  return { column: counts.sensitive[place] ?? "", distance: ordered ? "ordered" : "equal", t: Math.min(1, t) };
}

interface Against {
  readonly keys: readonly string[];
  readonly table: ReadonlyMap<string, number>;
  /** Rows of the class. */
  readonly rows: number;
}

function tableShares(counts: ClassCounts, place: number, keys: readonly string[]): ReadonlyMap<string, number> {
  const totals = new Map(keys.map((it) => [it, 0]));
  for (const { sensitive } of counts.classes.values())
    for (const [key, count] of sensitive[place] ?? []) totals.set(key, (totals.get(key) ?? 0) + count);
  return new Map([...totals].map(([key, count]) => [key, count / counts.rows]));
}

/** What has to be moved over each border between neighbouring values, in parts of the whole way. */
function orderedDistance(values: ValueCounts, { keys, table, rows }: Against): number {
  let [carried, work] = [0, 0];
  for (const key of keys) {
    carried += (values.get(key) ?? 0) / rows - (table.get(key) ?? 0);
    work += Math.abs(carried);
  }
  return keys.length < 2 ? 0 : work / (keys.length - 1);
}

/** Half the sum of the differences. Values that the class has not are all short of their whole share, so only its own are walked. */
function equalDistance(values: ValueCounts, { table, rows }: Against): number {
  let surplus = 0;
  for (const [key, count] of values) surplus += Math.max(0, count / rows - (table.get(key) ?? 0));
  return surplus;
}

const isOrdered = (value: FeatureValue): boolean =>
  typeof value === "number" || typeof value === "bigint" || isTimestamp(value);

function compare(a: FeatureValue, b: FeatureValue): number {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x - y;
  const [left, right] = [magnitude(a), magnitude(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const rank = (value: FeatureValue): number => (value === null ? 0 : Number.isNaN(value) ? 1 : 2);

const magnitude = (value: FeatureValue): number | bigint => {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value !== null && isTimestamp(value) ? value.ns : 0;
};
