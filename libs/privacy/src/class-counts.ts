import { canonicalRowBytes, DomainError, type FeatureValue } from "@throughline/kernel";
import type { Row } from "./column.ts";

/** How many rows have each value of a sensitive column. Keys are canonical bytes, as `keyOf` makes them. */
export type ValueCounts = ReadonlyMap<string, number>;

/** The rows that agree in all quasi-identifiers. */
export interface EquivalenceClass {
  readonly rows: number;
  /** For each sensitive column, in their order. */
  readonly sensitive: readonly ValueCounts[];
}

/** What the reports need to know of a table. It has values in it, so it is to be kept as safe as the table. */
export interface ClassCounts {
  readonly quasiIdentifiers: readonly string[];
  readonly sensitive: readonly string[];
  readonly rows: number;
  /** By the canonical bytes of the quasi-identifiers. */
  readonly classes: ReadonlyMap<string, EquivalenceClass>;
  /** The values of each sensitive column, by their keys. */
  readonly values: readonly ReadonlyMap<string, FeatureValue>[];
}

/** How much a counter may remember. A class and a pair of class and sensitive value are one cell each, of some 200 bytes. */
export interface CounterLimits {
  /** Default 1,000,000. */
  readonly cellsMax?: number;
}

/** Counts the classes of rows as they come by. */
export interface ClassCounter {
  /** Adds one row: its quasi-identifiers and its sensitive values, in the order in which they were named. */
  add(quasiIdentifiers: Row, sensitive: Row): void;
  /** Adds what another counter of the same columns counted, of other rows. The order of merging does not matter. */
  merge(other: ClassCounts): void;
  /** The counts so far; they go on counting. */
  counts(): ClassCounts;
}

const CELLS_MAX = 1_000_000;

interface OpenClass {
  rows: number;
  readonly sensitive: readonly Map<string, number>[];
}

/** The columns to count by. A null is a value like any other: rows without a value agree with each other. */
export interface CountedColumns {
  readonly quasiIdentifiers: readonly string[];
  readonly sensitive: readonly string[];
}

/**
 * Starts counting.
 *
 * `add` and `merge` throw DomainError exhausted TOO_MANY_CLASSES once there is more to remember than the limit. Then the counts are
 * those of a part of the rows and say nothing about the table.
 */
export function classCounter(columns: CountedColumns, { cellsMax = CELLS_MAX }: CounterLimits = {}): ClassCounter {
  const classes = new Map<string, OpenClass>();
  const values = columns.sensitive.map(() => new Map<string, FeatureValue>());
  let [rows, cells] = [0, 0];
  const remember = (): void => {
    cells += 1;
    if (cells > cellsMax) throw tooManyClasses(cellsMax, classes.size, rows);
  };
  const classAt = (key: string): OpenClass => {
    const known = classes.get(key);
    if (known) return known;
    remember();
    const fresh = { rows: 0, sensitive: columns.sensitive.map(() => new Map<string, number>()) };
    classes.set(key, fresh);
    return fresh;
  };
  const addValue = (counts: Map<string, number>, key: string, by: number): void => {
    const before = counts.get(key);
    if (before === undefined) remember();
    counts.set(key, (before ?? 0) + by);
  };
  return {
    add(quasiIdentifiers, sensitive) {
      const found = classAt(keyOf(quasiIdentifiers));
      found.rows += 1;
      rows += 1;
      for (const [i, counts] of found.sensitive.entries()) {
        const value = sensitive[i] ?? null;
        const key = keyOf([value]);
        addValue(counts, key, 1);
        values[i]?.set(key, value);
      }
    },
    merge(other) {
      for (const [key, { rows: more, sensitive }] of other.classes) {
        const found = classAt(key);
        found.rows += more;
        for (const [i, counts] of found.sensitive.entries())
          for (const [value, by] of sensitive[i] ?? []) addValue(counts, value, by);
      }
      rows += other.rows;
      for (const [i, known] of other.values.entries()) for (const [key, value] of known) values[i]?.set(key, value);
    },
    counts: () => ({ ...columns, rows, classes, values }),
  };
}

/** Equal for equal values, and for those alone. */
export const keyOf = (values: Row): string => canonicalRowBytes(values).toString("latin1");

const tooManyClasses = (cellsMax: number, classes: number, rows: number): DomainError =>
  new DomainError(
    "exhausted",
    "TOO_MANY_CLASSES",
    `After ${rows} rows there are ${classes} classes of quasi-identifiers, and with their sensitive values more than ` +
      `${cellsMax} counts. Generalise the quasi-identifiers more, or raise the limit.`,
    { metadata: { cellsMax: `${cellsMax}`, classes: `${classes}`, rows: `${rows}` } },
  );
