import { type Digest, DomainError, invalidField } from "@throughline/kernel";
import { count } from "./figures.ts";

/** The project does not know the file. `path` is the field of the request. */
export const artifactUnknown = (digest: Digest, path: string): DomainError =>
  new DomainError(
    "not_found",
    "ARTIFACT_UNKNOWN",
    `The project has no artifact ${digest}. Upload the file to the project first, then use the digest that it was given.`,
    { metadata: { digest, field: path } },
  );

/** The bytes are not what the work needs. */
export const dataUnreadable = (digest: Digest, cause: unknown): DomainError =>
  new DomainError(
    "precondition",
    "DATA_UNREADABLE",
    `${digest} cannot be read as a Parquet file: it is damaged, or of another format. Write the data as Parquet, and upload that.`,
    { metadata: { digest }, cause },
  );

/** A column that the request names is not in the file, or its values have no statistics. */
export const dataColumnUnknown = (column: string, path: string, known: readonly string[]): DomainError =>
  invalidField(
    path,
    `the file has no column "${column}" of a known type. Its columns are: ${known.slice(0, 50).join(", ")}`,
    "COLUMN_UNKNOWN",
  );

/** The statistics of the columns asked for are too much for one object. */
export const statisticsTooLarge = (bytes: number, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "STATISTICS_TOO_LARGE",
    `The statistics have ${count(bytes)} bytes; at most ${count(most)} are kept. Ask for fewer columns at a time.`,
    { metadata: { bytes: String(bytes), most: String(most) } },
  );

/** A digest's first 16 digits are those of another one: the new thing has no name of its own. */
export const nameTaken = (name: string, digest: Digest): DomainError =>
  new DomainError(
    "exists",
    "NAME_TAKEN",
    `${name} is something with another digest than ${digest}. Change the request a little, so that the digest changes.`,
    { metadata: { name, digest } },
  );

/** One of two statistics lacks a column that the request names. */
export const columnUnknown = (column: string, statistics: string, path: string): DomainError =>
  invalidField(path, `${statistics} has no statistics of numbers or text for "${column}"`, "COLUMN_UNKNOWN");

/** A score is no probability. `rowNumber` counts from 1. */
export const badScore = (rowNumber: number, column: string, shown: string): DomainError =>
  badCell("EVALUATION_BAD_SCORE", { rowNumber, column, shown }, "is no score from 0 to 1");

/** A label is neither positive nor negative. `rowNumber` counts from 1. */
export const badLabel = (rowNumber: number, column: string, shown: string): DomainError =>
  badCell("EVALUATION_BAD_LABEL", { rowNumber, column, shown }, "is neither true, false, 0 nor 1");

/** A value of a regression is no number. `rowNumber` counts from 1. */
export const badNumber = (rowNumber: number, column: string, shown: string): DomainError =>
  badCell("EVALUATION_BAD_NUMBER", { rowNumber, column, shown }, "is no finite number");

/** A column's type cannot serve what it is named for. `path` is the request's field. */
export const badColumn = (
  path: string,
  { column, type, wanted }: { readonly column: string; readonly type: string; readonly wanted: string },
): DomainError =>
  invalidField(path, `column "${column}" is of type ${type}; needed is ${wanted}`, "EVALUATION_BAD_COLUMN");

/** More rows than one evaluation holds in memory. */
export const tooManyRows = (most: number): DomainError =>
  new DomainError(
    "exhausted",
    "EVALUATION_TOO_MANY_ROWS",
    `The file has more than ${count(most)} rows with a label. Evaluate a sample of them, or a part at a time.`,
    { metadata: { most: String(most) } },
  );

/** The slicing columns have more different values than one evaluation answers for. `column` is where the limit was reached. */
export const tooManySlices = (column: string, most: number): DomainError =>
  new DomainError(
    "exhausted",
    "EVALUATION_TOO_MANY_SLICES",
    `With column "${column}" there are more than ${count(most)} slices. Slice by columns with fewer values, ask for larger slices, or evaluate fewer columns at a time.`,
    { metadata: { column, most: String(most) } },
  );

function badCell(
  reason: Uppercase<string>,
  cell: { readonly rowNumber: number; readonly column: string; readonly shown: string },
  problem: string,
): DomainError {
  const { rowNumber, column, shown } = cell;
  return new DomainError(
    "invalid",
    reason,
    `Row ${count(rowNumber)}, column "${column}": ${shown} ${problem}. Correct the row, or leave its label out.`,
    { metadata: { rowNumber: String(rowNumber), column, value: shown } },
  );
}
