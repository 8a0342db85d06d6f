import type { FeatureValue } from "@throughline/kernel";
import type { ColumnType, TableEngine } from "@throughline/tables";
import { columnTypes } from "./data-file.ts";
import { badColumn, badLabel, badNumber, badScore, tooManyRows, tooManySlices } from "./errors.ts";
import type { EvaluationTask, ScoredRows } from "./evaluation.ts";
import type { Run } from "./run.ts";

/** Which columns of a file to evaluate. */
export interface EvaluationColumns {
  readonly label: string;
  readonly score: string;
  readonly slices: readonly string[];
}

/** The rows that have a label. */
export interface EvaluationRows extends ScoredRows {
  readonly sliceColumns: readonly SliceColumn[];
}

/** A slicing column: of each row, the position of its value among the values. */
export interface SliceColumn {
  readonly name: string;
  readonly values: readonly string[];
  readonly codes: Uint32Array;
}

/** What one evaluation holds and answers, so that both its memory and its answer are bounded. */
export const EVALUATION_LIMITS = {
  /** Rows of the file: 9 bytes each, 16 of a regression, and 4 for each slicing column. */
  rowsMax: 5_000_000,
  /** Different values of all slicing columns together. */
  sliceValuesMax: 5_000,
  /** Characters of one such value. */
  sliceValueLengthMax: 200,
  /** Slices with metrics. */
  slicesMax: 2_000,
} as const;

/** How a missing value is called where rows are sliced by it. */
export const MISSING = "(missing)";

/** What to read, and as what. */
interface EvaluationFile {
  readonly path: string;
  readonly columns: EvaluationColumns;
  readonly task?: EvaluationTask | undefined;
}

/** Few enough that reading a page does not hold up other calls of the process. */
const PAGE_ROWS = 20_000;

/** Reads labels, scores and slicing columns, page by page. Rows without a label are left out. */
export async function readEvaluationRows(
  tables: TableEngine,
  { path, columns, task = "BINARY" }: EvaluationFile,
  run: Run,
): Promise<EvaluationRows> {
  const { types, rowCount } = await columnTypes(tables, path, run.signal);
  checkTypes(columns, types, task);
  if (rowCount > EVALUATION_LIMITS.rowsMax) throw tooManyRows(EVALUATION_LIMITS.rowsMax);
  const scores = new Float64Array(rowCount);
  const labels = task === "BINARY" ? new Uint8Array(rowCount) : new Float64Array(rowCount);
  const { labelOf, scoreOf } = CELLS[task];
  const budget = { values: EVALUATION_LIMITS.sliceValuesMax };
  const slices = [...new Set(columns.slices)].map((name) => sliceReader(name, rowCount, budget));
  const names = [...new Set([columns.label, columns.score, ...columns.slices])];
  const at = (name: string): number => names.indexOf(name);
  const [labelAt, scoreAt] = [at(columns.label), at(columns.score)];
  let kept = 0;
  for (let offset = 0; offset < rowCount; offset += PAGE_ROWS) {
    const plan = { segments: [path], columns: names, offset, limit: PAGE_ROWS };
    const { rows } = await tables.readRows(plan, { signal: run.signal });
    for (const [i, row] of rows.entries()) {
      const label = labelOf(row[labelAt] ?? null, offset + i + 1, columns.label);
      if (label === undefined) continue;
      scores[kept] = scoreOf(row[scoreAt] ?? null, offset + i + 1, columns.score);
      labels[kept] = label;
      for (const it of slices) it.add(kept, row[at(it.name)] ?? null);
      kept += 1;
    }
    run.progress((offset + rows.length) / rowCount / 2, `read ${offset + rows.length} of ${rowCount} rows`);
  }
  return {
    scores: scores.subarray(0, kept),
    labels: labels.subarray(0, kept),
    sliceColumns: slices.map((it) => it.column(kept)),
  };
}

function checkTypes(
  { label, score, slices }: EvaluationColumns,
  types: ReadonlyMap<string, ColumnType | undefined>,
  task: EvaluationTask,
): void {
  const check = (column: string, path: string, allowed: readonly string[]): void => {
    const type = types.has(column) ? (types.get(column) ?? "unknown") : "none: the file has no such column";
    if (!allowed.includes(type)) throw badColumn(path, { column, type, wanted: allowed.join(" or ") });
  };
  check(label, "label_column", [...(task === "BINARY" ? ["bool"] : []), "int64", "float64"]);
  check(score, "score_column", ["float64", "int64"]);
  for (const [i, it] of slices.entries()) {
    check(it, `slice_columns[${i}]`, ["string", "bool", "int64", "float64", "timestamp"]);
  }
}

/** Reads a cell that a problem is told of by its row and column. */
type Cell<T> = (value: FeatureValue, rowNumber: number, column: string) => T;

/** How labels and scores are read. */
const CELLS: Readonly<Record<EvaluationTask, { labelOf: Cell<number | undefined>; scoreOf: Cell<number> }>> = {
  BINARY: { labelOf: outcomeOf, scoreOf: probabilityOf },
  REGRESSION: {
    labelOf: (value, rowNumber, column) => (value === null ? undefined : numberOf(value, rowNumber, column)),
    scoreOf: numberOf,
  },
};

function numberOf(value: FeatureValue, rowNumber: number, column: string): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw badNumber(rowNumber, column, value === null ? "a missing value" : String(value));
}

function outcomeOf(value: FeatureValue, rowNumber: number, column: string): 0 | 1 | undefined {
  if (value === null) return undefined;
  if (value === true || value === 1 || value === 1n) return 1;
  if (value === false || value === 0 || value === 0n) return 0;
  throw badLabel(rowNumber, column, String(value));
}

function probabilityOf(value: FeatureValue, rowNumber: number, column: string): number {
  const score = typeof value === "bigint" ? Number(value) : value;
  // The comparison is false for NaN.
  if (typeof score === "number" && score >= 0 && score <= 1) return score;
  throw badScore(rowNumber, column, value === null ? "a missing value" : String(value));
}

function sliceReader(name: string, rowCount: number, budget: { values: number }) {
  const codes = new Uint32Array(rowCount);
  const codeOf = new Map<string | symbol, number>();
  return {
    name,
    add(row: number, value: FeatureValue): void {
      // A symbol, so that a text that reads like a missing value is another slice.
      const key = value === null ? NO_VALUE : sliceText(value);
      let code = codeOf.get(key);
      if (code === undefined) {
        code = codeOf.size;
        if (budget.values === 0) throw tooManySlices(name, EVALUATION_LIMITS.sliceValuesMax);
        budget.values -= 1;
        if (typeof key === "string") checkLength(name, key);
        codeOf.set(key, code);
      }
      codes[row] = code;
    },
    column: (kept: number): SliceColumn => ({
      name,
      values: [...codeOf.keys()].map((it) => (typeof it === "symbol" ? MISSING : it)),
      codes: codes.subarray(0, kept),
    }),
  };
}

const NO_VALUE = Symbol("no value");

function checkLength(column: string, value: string): void {
  const most = EVALUATION_LIMITS.sliceValueLengthMax;
  if (value.length > most) {
    const type = `text with ${value.length} characters`;
    throw badColumn("slice_columns", { column, type, wanted: `values of at most ${most} characters` });
  }
}

/** A value as a slice shows it: times as ISO 8601 in UTC, to the millisecond. */
function sliceText(value: Exclude<FeatureValue, null>): string {
  if (typeof value === "object" && "ns" in value) {
    const time = new Date(Number(value.ns / 1_000_000n));
    return Number.isNaN(time.getTime()) ? `${value.ns} ns` : time.toISOString();
  }
  return String(value);
}
