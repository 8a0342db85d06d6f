import { classCounter, keyOf } from "./class-counts.ts";
import type { Column, Row } from "./column.ts";
import { columnsOfClass, type PrivacyPolicy } from "./policy.ts";
import { type PrivacyReport, privacyReport } from "./privacy-report.ts";
import { rowTreatment, type TreatmentContext } from "./row-treatment.ts";

/** Rows with their columns. */
export interface TableRows {
  readonly columns: readonly Column[];
  /** Gives the same rows in the same order each time: they are read twice if small classes are left out. */
  readonly rows: () => Iterable<Row>;
}

/** A treated table. */
export interface TreatedTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Rows that were left out because their class was too small. */
  readonly suppressedRows: number;
  /**
   * Values that became null because they could not be treated, by column; columns without any are not there. Rows that were
   * left out afterwards count too.
   */
  readonly suppressedCells: ReadonlyMap<string, number>;
  /** How anonymous the treated table is. */
  readonly report: PrivacyReport;
}

/**
 * Treats a table as its policy says for a purpose: columns first, then the rows of classes that are still too small. The same policy,
 * rows, keys, purpose and seed give the same table. For tables that are larger than memory put `rowTreatment`, `smallClassesOf`
 * and `classCounter` together.
 *
 * @throws DomainError denied PURPOSE_REFUSED; precondition KEY_VERSION_GONE; exhausted TOO_MANY_CLASSES.
 */
export function applyTreatment(policy: PrivacyPolicy, table: TableRows, context: TreatmentContext): TreatedTable {
  const treatment = rowTreatment(policy, table.columns, context);
  const quasi = placesOf(policy, treatment.columns, "quasi_identifier");
  const sensitive = placesOf(policy, treatment.columns, "sensitive");
  const small = smallClassesOf(policy, table.columns, context);
  if (small) for (const row of table.rows()) small.add(row);
  const counter = classCounter({
    quasiIdentifiers: quasi.columns.map((it) => it.name),
    sensitive: sensitive.columns.map((it) => it.name),
  });
  const pass = treatment.begin();
  const rows: Row[] = [];
  let suppressedRows = 0;
  for (const row of table.rows()) {
    const treated = pass.row(row);
    if (small?.isSmall(treated)) {
      suppressedRows += 1;
      continue;
    }
    counter.add(quasi.valuesOf(treated), sensitive.valuesOf(treated));
    rows.push(treated);
  }
  const report = privacyReport(counter.counts(), policy.demand);
  return { columns: treatment.columns, rows, suppressedRows, suppressedCells: pass.suppressedCells(), report };
}

/** Finds small classes in two steps: all rows are added first, then treated rows are asked about. */
export interface SmallClasses {
  /** A row as it is before treatment. */
  add(row: Row): void;
  /** True if the class of a treated row is smaller than the policy allows. */
  isSmall(treated: Row): boolean;
}

/**
 * Undefined without `rowsPerClassMin`: no class is too small.
 *
 * @throws DomainError denied PURPOSE_REFUSED; precondition KEY_VERSION_GONE; `add` also exhausted TOO_MANY_CLASSES.
 */
export function smallClassesOf(
  policy: PrivacyPolicy,
  columns: readonly Column[],
  context: TreatmentContext,
): SmallClasses | undefined {
  const least = policy.rowsPerClassMin;
  if (least === undefined) return undefined;
  const treatment = rowTreatment(policy, columns, context);
  const inTreated = placesOf(policy, treatment.columns, "quasi_identifier");
  // The quasi-identifiers alone are enough, and their values do not depend on the columns beside them.
  const inRows = placesOf(policy, columns, "quasi_identifier");
  const pass = rowTreatment(policy, inRows.columns, context).begin();
  const counter = classCounter({ quasiIdentifiers: inTreated.columns.map((it) => it.name), sensitive: [] });
  const { classes } = counter.counts();
  return {
    add: (row) => counter.add(pass.row(inRows.valuesOf(row)), []),
    isSmall: (treated) => (classes.get(keyOf(inTreated.valuesOf(treated)))?.rows ?? 0) < least,
  };
}

/** Some columns of a table, and how to take their values out of its rows. */
export interface Places {
  readonly columns: readonly Column[];
  readonly valuesOf: (row: Row) => Row;
}

/** Where the columns of a class are among others. */
export function placesOf(
  policy: PrivacyPolicy,
  columns: readonly Column[],
  wanted: "quasi_identifier" | "sensitive",
): Places {
  const classed = new Set(columnsOfClass(policy, wanted));
  const places = columns.flatMap((it, i) => (classed.has(it.name) ? [i] : []));
  return {
    columns: columns.filter((it) => classed.has(it.name)),
    valuesOf: (row) => places.map((it) => row[it] ?? null),
  };
}
