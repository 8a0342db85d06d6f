import type { Digest } from "@throughline/kernel";
import type { Key } from "./names.ts";
import type { TableColumn } from "./table-reader.ts";

/** A table whose every value is covered by its digest. */
export interface TableDataset {
  readonly project: string;
  /** The first 16 hex digits of the digest. */
  readonly id: string;
  /** Merkle root over the row digests, in row order. */
  readonly digest: Digest;
  /** Digest of the file that the rows were read from. */
  readonly fileDigest: Digest;
  /** Digest of what the reader keeps about the rows, for proofs. */
  readonly rowIndex: Digest;
  readonly displayName: string;
  readonly externalDigest: string;
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
  readonly createTimeMs: number;
  readonly actor: string;
}

/** Reads data sets. */
export interface DatasetStore {
  get(key: Key): Promise<TableDataset | undefined>;
  /** Those of a project, newest first. */
  list(query: {
    readonly project: string;
    readonly after?: Pick<TableDataset, "createTimeMs" | "id">;
    readonly limit: number;
  }): Promise<readonly TableDataset[]>;
}
