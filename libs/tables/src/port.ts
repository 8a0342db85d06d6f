import type { Digest, FeatureValue } from "@throughline/kernel";
import type { CertifyOptions, JoinPlan, LeakageCertificate, OracleRow, ViewCoverage } from "./join-plan.ts";
import type { StatisticsPlan, TableStatistics } from "./statistics-plan.ts";
import type { Column, ColumnBatch, Row, RowSet, RowsIdentity, TableFile, TableShape, WrittenTable } from "./table.ts";

/**
 * Columnar work off the event loop. Laws:
 * - Plans are pure data; nothing but the files a plan names is read, nothing but its output is written.
 * - An output appears whole or not at all; the same plan over the same bytes writes the same bytes.
 * - A call that is cancelled leaves no output and frees its memory; it does not disturb other calls.
 * - A call that takes rows or bytes occupies a process until its source ends: a source that is itself a stream of the same
 *   engine needs a second process, and never ends when there is one only.
 * - If the engine's process dies, its call fails with TABLE_ENGINE_DIED and the next call works.
 *
 * Every call can fail with TABLE_CANCELLED, TABLE_DEADLINE, TABLE_MEMORY_LIMIT, TABLE_ENGINE_DIED, TABLE_QUEUE_FULL,
 * TABLE_CLOSED, TABLE_FILE_UNREADABLE (absent or damaged), TABLE_COLUMN_UNKNOWN, TABLE_TYPE_UNSUPPORTED and TABLE_BAD_PLAN; of
 * an engine on other machines also with TABLE_ENGINE_UNAVAILABLE (it cannot be reached) and TABLE_NOT_SHARED (it does not see the files).
 */
export interface TableEngine extends AsyncDisposable {
  /** Columns and row count of a file. The types of a CSV file are a guess from its first 20,480 rows. */
  inspect(file: TableFile, options?: CallOptions): Promise<TableShape>;

  /**
   * Writes rows to a Parquet file. Fails with TABLE_BAD_VALUE (row number from 1, column) for a value that is not of the
   * declared type: an int64 is a bigint, a float64 a number, a timestamp `{ ns }`.
   */
  importRows(plan: ImportPlan, rows: Iterable<Row> | AsyncIterable<Row>, options?: CallOptions): Promise<WrittenTable>;

  /**
   * Writes a CSV or Parquet file anew with the declared columns (a selection, in the declared order). Strict: the first
   * text that is not of the declared type fails with TABLE_BAD_VALUE (row number from 1 without the heading, column,
   * text), a line with too few or too many fields with TABLE_BAD_CSV, which names it. Timestamps in CSV are ISO 8601 with an optional
   * offset (none: UTC) and up to 9 fraction digits; bools `true` and `false`; int64 and float64 JSON numbers, and also
   * `NaN`, `Infinity` and `-Infinity` for float64; bytes hexadecimal digits; lists are refused.
   */
  convert(plan: ConvertPlan, options?: CallOptions): Promise<WrittenTable>;

  /** Runs a point-in-time join; see JoinPlan. */
  pointInTimeJoin(plan: JoinPlan & OutputPlan, options?: CallOptions): Promise<JoinedTable>;

  /** The same join for some spine rows, by plain loops over the source rows that share no code with `pointInTimeJoin`. */
  bruteForceJoin(plan: JoinPlan, rowNumbers: readonly number[], options?: CallOptions): Promise<readonly OracleRow[]>;

  /** Checks a joined table against the oracle on a sample of its rows. */
  certify(plan: JoinPlan, result: JoinedTable, options: CertifyOptions & CallOptions): Promise<LeakageCertificate>;

  /** Statistics of every column. */
  statistics(plan: StatisticsPlan, options?: CallOptions): Promise<TableStatistics>;

  /**
   * Runs one SELECT over named inputs, for queries that our own code writes; values go in as parameters `$name`. The
   * query can reach nothing but its inputs. Fails with TABLE_BAD_QUERY, and with TABLE_TOO_MANY_ROWS above `rowsMax`.
   */
  query(plan: QueryPlan, options?: CallOptions): Promise<RowSet>;

  /**
   * Writes what one SELECT gives to a Parquet file, in the order it gives it and however many rows there are. The same
   * rules as for `query` hold. It runs on one thread, so that rows without an ORDER BY keep the order of their input.
   */
  writeQuery(plan: SelectPlan & OutputPlan, options?: CallOptions): Promise<WrittenTable>;

  /**
   * Hands out what one SELECT gives by column, in batches, in the order it gives it and however many rows there are. The same
   * rules as for `query` hold.
   */
  queryColumns(plan: SelectPlan, options?: CallOptions): AsyncIterable<ColumnBatch>;

  /** Some rows of a Parquet file, in file order. */
  readRows(plan: ReadPlan, options?: CallOptions): Promise<RowSet>;

  /** The kernel's row digest of every row, in row order and in batches. */
  rowDigests(plan: RowsPlan, options?: CallOptions): AsyncIterable<readonly Digest[]>;

  /** The Merkle root over the row digests. */
  rowsIdentity(plan: RowsPlan, options?: CallOptions): Promise<RowsIdentity>;

  /** The rows as an Arrow IPC stream, in pieces. Timestamps are nanoseconds UTC. */
  toArrow(plan: RowsPlan, options?: CallOptions): AsyncIterable<Uint8Array>;

  /** Writes an Arrow IPC stream to a Parquet file. Fails with TABLE_BAD_ARROW. */
  fromArrow(
    plan: OutputPlan,
    stream: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: CallOptions,
  ): Promise<WrittenTable>;

  /** Ends the processes; running calls fail with TABLE_CLOSED. */
  close(): Promise<void>;
}

/** What every call takes. */
export interface CallOptions {
  /** Cancels the call. A reason whose name is TimeoutError (AbortSignal.timeout) makes it TABLE_DEADLINE. */
  readonly signal?: AbortSignal;
  /** Told from time to time how much of the call is done, from 0 to 1, never going back. */
  readonly onProgress?: (fraction: number) => void;
}

/** Where the result goes: an absolute path in an existing folder, replaced if it exists. */
export interface OutputPlan {
  readonly output: string;
}

/** See TableEngine.importRows. */
export interface ImportPlan extends OutputPlan {
  readonly columns: readonly Column[];
}

/** See TableEngine.convert. */
export interface ConvertPlan extends OutputPlan {
  readonly input: TableFile;
  readonly columns: readonly Column[];
}

/** See TableEngine.pointInTimeJoin. */
export interface JoinedTable extends WrittenTable {
  readonly views: readonly ViewCoverage[];
}

/** Which rows: Parquet files with the same columns, in order. */
export interface RowsPlan {
  readonly segments: readonly string[];
  /** Default: all columns, in file order. */
  readonly columns?: readonly string[];
}

/** See TableEngine.readRows. */
export interface ReadPlan extends RowsPlan {
  /** Rows to skip. Default 0. */
  readonly offset?: number;
  /** At most 100,000. */
  readonly limit: number;
}

/** One SELECT, and what it reads. */
export interface SelectPlan {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, FeatureValue>>;
  /** Parquet files by the name that the query uses for them. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
}

/** See TableEngine.query. */
export interface QueryPlan extends SelectPlan {
  /** At most 100,000. */
  readonly rowsMax: number;
}

/**
 * Which engine works for which project. Laws:
 * - Of two engines none gives another result: what a project keeps is the same when its engine is changed.
 * - An engine that cannot be reached fails the calls of its own projects, with TABLE_ENGINE_UNAVAILABLE, and no others.
 */
export interface ProjectEngines {
  /** The engine of the project with this id; undefined if it is the embedded one. */
  of(project: string): TableEngine | undefined;
  /**
   * Succeeds once every engine has answered and shares files with this process; from then on always, since a service can do most of its
   * work without: so a wrong address holds up the start of a service, and an outage does not end it.
   */
  ready(): Promise<void>;
}
