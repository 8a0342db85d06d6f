import type { Digest } from "@throughline/kernel";

/** A column as found in a file. */
export interface TableColumn {
  readonly name: string;
  /** As the table engine names it, such as `BIGINT`. */
  readonly type: string;
}

/** What was found in a file. */
export interface ReadTable {
  readonly columns: readonly TableColumn[];
  readonly rowCount: number;
  /** Merkle root over the canonical digests of all rows, in row order. */
  readonly digest: Digest;
  /** Digest of what is kept about the rows: their digests, and the roots of blocks of them. */
  readonly rowIndex: Digest;
}

/** What is kept about the rows of a table. */
export interface RowIndex {
  readonly rowIndex: Digest;
  readonly rowCount: number;
}

/** Reads tables, whole, and what is kept about their rows. */
export interface TableReader {
  /** Rows of a block: a power of two, so that blocks are subtrees of the Merkle tree. */
  readonly blockRows: number;
  /** Reads every row of a stored Parquet or CSV file. Fails with TABLE_INVALID, and when the signal is aborted. */
  read(file: Digest, signal: AbortSignal): Promise<ReadTable>;
  /** The number of the first row of that digest. */
  findRow(index: RowIndex, digest: Digest): Promise<number | undefined>;
  /** The digests of the rows in the block of a row, and the roots of all blocks. */
  surroundings(
    index: RowIndex,
    rowNumber: number,
  ): Promise<{ readonly rows: readonly Buffer[]; readonly firstRow: number; readonly blocks: readonly Buffer[] }>;
}
