import type { Row } from "@throughline/tables";

/** A row of a source as a layout needs it. */
export interface OnlineRow {
  /** Values of the key columns, none of them null. */
  readonly keys: Row;
  readonly eventNs: bigint;
  readonly knowledgeNs: bigint;
  /** Where it was written: later data versions, and in one of them later rows, come after. */
  readonly dataVersion: number;
  readonly rowNumber: number;
  /** Values of the layout's latest columns. */
  readonly latest: Row;
  /** Values of the layout's columns of whole sums. */
  readonly summed: Row;
  /** Values of the layout's columns of exact sums. */
  readonly exact: Row;
  /** Values of the layout's columns of tiles. */
  readonly tiled: Row;
  /** What it comes to in the store, from whom that is cheaper to have than the values. */
  readonly encoded?: EncodedRow;
}

/** Parts of a row as they are kept. */
export interface EncodedRow {
  /** Canonical bytes of the keys. Rows of one entity that follow each other may have the same object. */
  readonly keys: Uint8Array;
  /** The entry of the latest values. */
  readonly latest: Uint8Array;
}
