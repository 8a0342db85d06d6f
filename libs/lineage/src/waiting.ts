import type { LineageRecord } from "./record.ts";

/** A record that waits for its delivery. */
export interface Waiting {
  readonly record: LineageRecord;
  /** Time of the record, never before that of one that was made earlier by the same process. */
  readonly timeMs: number;
  /** Order of records of one time. */
  readonly sequence: number;
}
