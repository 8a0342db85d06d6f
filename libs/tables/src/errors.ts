import { basename } from "node:path";
import { DomainError, type FieldViolation, invalidField } from "@throughline/kernel";

/** The caller's signal fired: TABLE_DEADLINE for a time-out, else TABLE_CANCELLED. */
export const stopped = (reason: unknown): DomainError =>
  reason instanceof Error && reason.name === "TimeoutError"
    ? new DomainError(
        "deadline",
        "TABLE_DEADLINE",
        "The table operation did not end in time. Allow more time, or ask for less.",
      )
    : new DomainError("cancelled", "TABLE_CANCELLED", "The table operation was cancelled by its caller.");

export const memoryLimitReached = (limitMiB: number, detail: string): DomainError =>
  new DomainError(
    "exhausted",
    "TABLE_MEMORY_LIMIT",
    `The table operation needs more than its ${limitMiB} MiB of memory (${detail}). Raise the limit, or ask for fewer columns or rows.`,
    { metadata: { limitMiB: String(limitMiB) } },
  );

export const engineDied = (how: string): DomainError =>
  new DomainError(
    "unavailable",
    "TABLE_ENGINE_DIED",
    `The table process ended (${how}) before the operation did. Repeat it: a new process starts by itself.`,
    { metadata: { how } },
  );

export const queueFull = (queueMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "TABLE_QUEUE_FULL",
    `${queueMax} table operations are waiting already. Try again later.`,
    {
      metadata: { queueMax: String(queueMax) },
    },
  );

export const closed = (): DomainError =>
  new DomainError("unavailable", "TABLE_CLOSED", "The table engine is closed. Open it again before calling it.");

export const fileUnreadable = (path: string, detail: string): DomainError => {
  const [file, why] = [fileNamed(path), withoutFolders(detail, [path])];
  return new DomainError(
    "precondition",
    "TABLE_FILE_UNREADABLE",
    `The file ${file} cannot be read as a table: ${why}. It must be a whole Parquet file.`,
    { metadata: { file } },
  );
};

/** How callers know a file: by its digest where it is called so. In which folder it lies is told to nobody. */
function fileNamed(path: string): string {
  const name = basename(path);
  return /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : name;
}

/** A text with the names of files in the place of their paths. */
export const withoutFolders = (text: string, paths: readonly string[]): string =>
  paths.reduce((told, path) => told.replaceAll(path, fileNamed(path)), text);

export const fileChanged = (path: string): DomainError =>
  new DomainError(
    "precondition",
    "TABLE_FILE_CHANGED",
    `The file ${fileNamed(path)} is not the one that was written: its digest differs. Write it again.`,
    { metadata: { file: fileNamed(path) } },
  );

export const outputUnwritable = (path: string, detail: string): DomainError =>
  new DomainError(
    "precondition",
    "TABLE_OUTPUT_UNWRITABLE",
    `${path} cannot be written: ${detail}. Check the folder and its free space.`,
    {
      metadata: { path },
    },
  );

export const columnUnknown = (column: string, path: string, known: readonly string[]): DomainError =>
  new DomainError(
    "invalid",
    "TABLE_COLUMN_UNKNOWN",
    `The file ${fileNamed(path)} has no column "${column}". Its columns are: ${known.slice(0, 50).join(", ")}.`,
    { metadata: { column, file: fileNamed(path) } },
  );

export const typeUnsupported = (column: string, type: string, wanted: string): DomainError =>
  new DomainError("invalid", "TABLE_TYPE_UNSUPPORTED", `Column "${column}" is of type ${type}; needed is ${wanted}.`, {
    metadata: { column, type },
  });

export const keyTypesDiffer = (view: string, spine: string, found: string): DomainError =>
  new DomainError(
    "invalid",
    "TABLE_KEY_TYPE",
    `The keys of view "${view}" do not match: ${spine} in the spine, ${found} in the view. Keys match within one type only; convert one of them.`,
    { metadata: { view } },
  );

/** Where a value is that is not of its column's type. Rows count from 1. */
export interface BadCell {
  readonly rowNumber: number;
  readonly column: string;
  /** The value as it was read. */
  readonly text: string;
  readonly type: string;
}

export const badValue = ({ rowNumber, column, text, type }: BadCell): DomainError =>
  new DomainError(
    "invalid",
    "TABLE_BAD_VALUE",
    `Row ${rowNumber}, column "${column}": ${JSON.stringify(text.slice(0, 100))} is not of type ${type}. Correct the value, or declare another type.`,
    { metadata: { rowNumber: String(rowNumber), column, type } },
  );

export const badCsv = (path: string, detail: string): DomainError => {
  const file = fileNamed(path);
  const why = withoutFolders(detail, [path]);
  return new DomainError("invalid", "TABLE_BAD_CSV", `The file ${file} is not well-formed CSV: ${why}`, {
    metadata: { file },
  });
};

export const badArrow = (detail: string): DomainError =>
  new DomainError("invalid", "TABLE_BAD_ARROW", `The Arrow stream cannot be read: ${detail}`);

export const valueRange = (detail: string): DomainError =>
  new DomainError("invalid", "TABLE_VALUE_RANGE", `A value does not fit its type: ${detail}`);

export const badQuery = (detail: string): DomainError =>
  new DomainError("invalid", "TABLE_BAD_QUERY", `The query cannot run: ${detail}`);

export const tooManyRows = (rowsMax: number): DomainError =>
  new DomainError(
    "exhausted",
    "TABLE_TOO_MANY_ROWS",
    `The query gives more than ${rowsMax} rows. Narrow it, or aggregate.`,
    {
      metadata: { rowsMax: String(rowsMax) },
    },
  );

/** A plan that no data could make right. `path` is the plan's field. */
export const badPlan = (path: string, description: string): DomainError =>
  invalidField(path, description, "TABLE_BAD_PLAN");

/** A DomainError as it travels between processes. */
export interface SentError {
  readonly kind: DomainError["kind"];
  readonly reason: Uppercase<string>;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
}

/** Takes an error apart so that it survives the way between processes. */
export const sendable = (error: DomainError): SentError => ({
  kind: error.kind,
  reason: error.reason,
  message: error.message,
  metadata: error.metadata,
  violations: error.violations,
});

/** The reverse of `sendable`. */
export const received = (error: SentError): DomainError =>
  new DomainError(error.kind, error.reason, error.message, { metadata: error.metadata, violations: error.violations });
