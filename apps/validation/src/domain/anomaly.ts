/**
 * How bad an anomaly is. ERROR: the column, or a tenth of its rows or more, cannot be used as the schema says. WARNING:
 * anything else that is not as expected.
 */
export type Severity = "WARNING" | "ERROR";

/** Something about data that is not as expected: an answer, not an error. */
export interface Anomaly {
  /** Empty if it is about the whole data set. */
  readonly column: string;
  /** Named as in TensorFlow Data Validation where that has a name. */
  readonly type: string;
  /** A sentence with the figures, about the column: it does not repeat its name. */
  readonly description: string;
  readonly severity: Severity;
  readonly observed: number;
  /** At most or at least, as the sentence says. */
  readonly expected: number;
}

/** A shortfall from which a share is an ERROR. */
const SHORTFALL_OF_ERROR = 0.1;

export const severityOfShare = (observed: number, expected: number): Severity =>
  expected - observed >= SHORTFALL_OF_ERROR || observed === 0 ? "ERROR" : "WARNING";
