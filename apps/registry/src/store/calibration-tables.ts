import type { BlobStore } from "@throughline/blobs";
import { DomainError, type FieldViolation, isDomainError } from "@throughline/kernel";
import type { ColumnBatch, ColumnValues, TableEngine } from "@throughline/tables";
import type { CalibrationColumns, CalibrationTables, GivenRow } from "../domain/calibrations.ts";

/** The column that an export of the prediction log has its row digests in. */
const ROW_DIGEST = "row_digest";

/** Reads calibration rows of Parquet files, off the event loop. */
export const calibrationTables = (
  tables: Pick<TableEngine, "inspect" | "queryColumns">,
  blobs: Pick<BlobStore, "localFile">,
): CalibrationTables => ({
  async *rows(digest, wanted) {
    try {
      const path = await blobs.localFile(digest);
      const { columns } = await tables.inspect({ path, format: "parquet" });
      const known = new Set(columns.map((it) => it.name));
      const given = withRowDigest(wanted, known);
      checkColumns(given, known);
      const sql = `SELECT ${selected(given)} FROM rows`;
      for await (const batch of tables.queryColumns({ sql, inputs: { rows: [path] } })) yield rowsIn(batch, given);
    } catch (error) {
      if (isDomainError(error, "TABLE_FILE_UNREADABLE")) throw badTable("the artifact is no Parquet file", [], error);
      if (isDomainError(error, "TABLE_BAD_QUERY")) throw badTable("a column holds no numbers", [], error);
      throw error;
    }
  },
});

function withRowDigest(wanted: CalibrationColumns, known: ReadonlySet<string>): CalibrationColumns {
  if (wanted.rowDigest !== "") return wanted;
  return { ...wanted, rowDigest: known.has(ROW_DIGEST) ? ROW_DIGEST : "" };
}

function checkColumns({ predictions, actual, group, rowDigest }: CalibrationColumns, known: ReadonlySet<string>): void {
  const named = [
    ...predictions.map((name, i) => [`table.prediction_columns[${i}]`, name] as const),
    ["table.actual_column", actual] as const,
    ["table.group_column", group] as const,
    ["table.row_digest_column", rowDigest] as const,
  ];
  const violations = named
    .filter(([, name]) => name !== "" && !known.has(name))
    .map(([path, name]) => ({ path, description: `there is no column ${name}` }));
  if (violations.length > 0) throw badTable(violations.map((it) => it.description).join("; "), violations);
}

function selected({ predictions, actual, group, rowDigest }: CalibrationColumns): string {
  const numbers = [...predictions, actual].map((it) => `CAST(${quoted(it)} AS DOUBLE)`);
  const texts = [group, rowDigest].map((it) => (it === "" ? "''" : `CAST(${quoted(it)} AS VARCHAR)`));
  return [...numbers, ...texts].map((it, i) => `${it} AS c${i}`).join(", ");
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function rowsIn({ rowCount, columns }: ColumnBatch, { predictions }: CalibrationColumns): readonly GivenRow[] {
  const width = predictions.length;
  return Array.from({ length: rowCount }, (_, row) => ({
    predictions: predictions.map((_, i) => numberIn(columns[i], row)),
    actual: numberIn(columns[width], row),
    group: textIn(columns[width + 1], row),
    rowDigest: textIn(columns[width + 2], row),
  }));
}

function numberIn(column: ColumnValues | undefined, row: number): number {
  if (column?.type !== "float64" || column.nulls?.[row] === 1) return Number.NaN;
  return column.numbers[row] ?? Number.NaN;
}

function textIn(column: ColumnValues | undefined, row: number): string {
  const value = column && "values" in column ? column.values[row] : undefined;
  return typeof value === "string" ? value : "";
}

const badTable = (why: string, violations: readonly FieldViolation[], cause?: unknown): DomainError =>
  new DomainError(
    "precondition",
    "CALIBRATION_TABLE",
    `The table cannot be calibrated on: ${why}. Name columns that it has, with numbers in them.`,
    { violations, cause },
  );
