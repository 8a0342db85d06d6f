import type { Digest, FeatureValue } from "@throughline/kernel";

/** The types of single values. Times are nanoseconds since 1970-01-01 UTC. */
export type ScalarType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/**
 * The types of columns. Narrower types of a file widen into these: all integers but unsigned 64-bit ones that do not fit
 * to int64, float32 and decimals to float64, dates (midnight UTC) and every precision of time to `timestamp`, UUIDs and
 * enumerations to string.
 */
export type ColumnType = ScalarType | `list<${ScalarType}>`;

/** A column that a caller declares or that a table of ours has. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A column as found in a file. `type` is undefined when ours has no type for it (structures, maps, times of day). */
export interface FoundColumn {
  readonly name: string;
  readonly type: ColumnType | undefined;
  /** The engine's own name of the type, for messages. */
  readonly nativeType: string;
}

/** What is in a file. */
export interface TableShape {
  readonly columns: readonly FoundColumn[];
  readonly rowCount: number;
}

/** How a CSV file is written. The first line always names the columns. */
export interface CsvFormat {
  /** One character. Default: a comma. */
  readonly delimiter?: string;
  /** The unquoted texts that mean "no value". Default: only the empty text. A quoted text is never null. */
  readonly nullTexts?: readonly string[];
}

/** A local file. Paths are absolute, and free of the pattern characters `* ? [ ]`. */
export type TableFile =
  | { readonly path: string; readonly format: "parquet" }
  | { readonly path: string; readonly format: "csv"; readonly csv?: CsvFormat };

/** One row: the values in column order. */
export type Row = readonly FeatureValue[];

/** A Parquet file that the engine wrote. The same input gives the same bytes, and so the same digest. */
export interface WrittenTable {
  readonly path: string;
  readonly columns: readonly Column[];
  readonly rowCount: number;
  readonly byteCount: number;
  /** SHA-256 of the file. */
  readonly fileDigest: Digest;
}

/** The identity of a table's rows, whatever file they are in: the Merkle root over their row digests in row order. */
export interface RowsIdentity {
  readonly rowCount: number;
  readonly merkleRoot: Digest;
}

/**
 * The values of one column for some rows. Numbers lie in an array of their own width, which has 0 where there is no value:
 * `nulls` has 1 there, and is undefined if every row has one.
 */
export type ColumnValues =
  | { readonly type: "int64"; readonly numbers: BigInt64Array; readonly nulls: Uint8Array | undefined }
  | { readonly type: "float64"; readonly numbers: Float64Array; readonly nulls: Uint8Array | undefined }
  | { readonly type: Exclude<ColumnType, "int64" | "float64">; readonly values: readonly FeatureValue[] };

/** Some rows by column. */
export interface ColumnBatch {
  readonly rowCount: number;
  readonly columns: readonly ColumnValues[];
}

/** Rows with the columns they are in the order of. */
export interface RowSet {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}
