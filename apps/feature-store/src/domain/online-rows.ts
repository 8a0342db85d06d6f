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
}
