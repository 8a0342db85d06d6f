import { badCsv, badPlan } from "../errors.ts";
import type { CsvFormat, ScalarType, TableFile } from "../table.ts";
import { csvFault } from "./csv-fault.ts";
import { literal, literals } from "./sql.ts";

type CsvFile = Extract<TableFile, { format: "csv" }>;

/** The largest number of rows that a guess of types looks at. */
export const GUESS_ROWS = 20_480;

/** SQL that reads a CSV file: every column as text, or with types guessed from its first rows. */
export function csvRows(path: string, format: CsvFormat = {}, types: "text" | "guessed" = "text"): string {
  const { delimiter = ",", nullTexts = [""] } = format;
  if ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter)) {
    throw badPlan(
      "csv.delimiter",
      `${JSON.stringify(delimiter)} is not one character other than a quote or a line end`,
    );
  }
  const columns = types === "text" ? "all_varchar = true" : `sample_size = ${GUESS_ROWS}`;
  return `read_csv(${literal(path)}, header = true, skip = 0, delim = ${literal(delimiter)}, quote = '"', escape = '"',
    comment = '', nullstr = ${literals(nullTexts)}, allow_quoted_nulls = false, strict_mode = true, null_padding = false,
    ignore_errors = false, ${columns})`;
}

const TIME = "([0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?)";
const OFFSET = "(Z|[+-][0-9]{2}:[0-9]{2})";

/** What a text must look like in full to be of a type. Looser casts (1.5 to an integer, "yes" to a bool) are not wanted. */
const PATTERNS: Readonly<Record<Exclude<ScalarType, "string">, string>> = {
  bool: "true|false",
  int64: "-?(0|[1-9][0-9]*)",
  float64: "-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?|NaN|-?Infinity",
  bytes: "([0-9a-fA-F]{2})*",
  timestamp: `[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]${TIME}${OFFSET}?)?`,
};

/** SQL that turns a text into a type, or into null if it is not of that type. */
export function parsed(text: string, type: ScalarType): string {
  if (type === "string") return text;
  const cast = {
    bool: `${text} = 'true'`,
    int64: `TRY_CAST(${text} AS BIGINT)`,
    float64: `TRY_CAST(${text} AS DOUBLE)`,
    bytes: `unhex(${text})`,
    timestamp: `TRY_CAST(${text} AS TIMESTAMP_NS)`,
  }[type];
  return `CASE WHEN regexp_full_match(${text}, '${PATTERNS[type]}') THEN ${cast} END`;
}

/** Turns DuckDB's complaint about the form of a CSV file into ours, which tells the line. */
export async function csvFailure(error: unknown, { path, csv }: CsvFile): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  if (/Error when sniffing/i.test(error.message)) {
    const fault = await csvFault(path, csv?.delimiter);
    if (fault !== undefined) return badCsv(path, fault);
  }
  const line = /CSV Error on Line: (\d+)/.exec(error.message)?.[1];
  const why =
    /(Expected Number of Columns[^\n]*|Value with unterminated quote[^\n]*|Error when sniffing[^\n]*|Invalid unicode[^\n]*|Maximum line size[^\n]*)/i.exec(
      error.message,
    )?.[1];
  if (line !== undefined)
    return badCsv(path, `line ${line}: ${why ?? error.message.split("\n").slice(0, 3).join(" ")}`);
  return /CSV|unicode|UTF-8/i.test(error.message) ? badCsv(path, error.message.split("\n")[0] ?? "") : error;
}
