import type { Column } from "../table.ts";
import type { Session } from "./session.ts";

/** How the statistics of one column read it. */
export interface ColumnReader {
  readonly session: Session;
  /** SQL of the column's rows: x (value), w (weight, 1 if there are none), f and n (file and row). */
  readonly rows: (column: Column) => string;
  readonly isWeighted: boolean;
  readonly histogramBuckets: number;
  readonly topValues: number;
}
