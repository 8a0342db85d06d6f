import type { Aggregate } from "@throughline/windows";
import type { Column, Row } from "./table.ts";

/**
 * A point-in-time join as pure data, so that every engine can run it: for each spine row, what could be known at its
 * cut-off.
 *
 * An event is *available* from the later of its event time and its knowledge time on. Laws, the same for every engine:
 * - Each spine row appears exactly once, in spine order (segment by segment, row by row). What does not match is null.
 * - Null keys, null cut-offs and events without both times never match.
 * - Keys match within one type only: int64 1, float64 1 and string "1" are different. Keys are bool, int64, float64, string, bytes
 *   or timestamp. Of float64 -0 and 0 are one key, and NaN is none: it never matches, as null.
 * - Nothing enters that is available only after the cut-off; an event available exactly at the cut-off enters.
 */
export interface JoinPlan {
  readonly spine: Spine;
  readonly views: readonly ViewInput[];
}

/** The rows to find values for. */
export interface Spine {
  /** Parquet files, in order; at least one. */
  readonly segments: readonly string[];
  /** A timestamp column, or an int64 column of nanoseconds. */
  readonly cutoffColumn: string;
  /** The columns that pass through to the output, in this order and before the views' columns. */
  readonly columns: readonly string[];
}

/** What all kinds of views have. */
interface ViewSource {
  /** Names the view in errors and counts. Unique within the plan. */
  readonly name: string;
  /** Parquet files, in the order they were written. At least one, which may be empty of rows. */
  readonly segments: readonly string[];
  /**
   * The columns of the files where they differ: a file that lacks one has null there in all rows, and what else it has is not read.
   * Undefined: every file has the columns of the first.
   */
  readonly fileColumns?: readonly Column[];
  /** The columns that identify the entity, all of which must match. */
  readonly keys: readonly KeyPair[];
  /** Timestamp columns, or int64 columns of nanoseconds. */
  readonly eventTimeColumn: string;
  readonly knowledgeTimeColumn: string;
}

/** Which spine column holds the value of which view column. */
export interface KeyPair {
  readonly spineColumn: string;
  readonly viewColumn: string;
}

/**
 * The latest values: of the available events the one with the latest event time; of equal ones the one with the latest
 * knowledge time (a correction, once known); of equal ones again the one written last (later segment, then later row).
 * It enters if cut-off minus event time is at most `ttlNs`. The row enters as a whole: a null in the newest event is null.
 */
export interface LatestView extends ViewSource {
  readonly kind: "latest";
  /** How old an event may be at the cut-off, in nanoseconds, inclusive. Undefined: any age. */
  readonly ttlNs: bigint | undefined;
  readonly columns: readonly { readonly name: string; readonly as: string }[];
}

/**
 * Aggregates over what became available in a window before the cut-off: events available in (cut-off - windowNs, cut-off].
 * Each row counts by itself: a correction is one more row.
 */
export interface AggregateView extends ViewSource {
  readonly kind: "aggregate";
  /** Length of the window in nanoseconds, at least 1. */
  readonly windowNs: bigint;
  readonly aggregations: readonly Aggregation[];
}

/**
 * One output column. `count` counts the values that are not null, of any type (all rows if `column` is undefined) and is
 * 0 when there are none. `sum`, `mean`, `min` and `max` need an int64 or bool (0 and 1) column, so that they are exact
 * whatever the order of addition, and are null when there are no values. `mean` is float64: the exact sum divided by
 * the count, each rounded once. A sum beyond 64 bits fails with TABLE_VALUE_RANGE.
 */
export type Aggregation =
  | { readonly function: "count"; readonly column: string | undefined; readonly as: string }
  | { readonly function: "sum" | "mean" | "min" | "max"; readonly column: string; readonly as: string };

/**
 * The same window, over which libs/windows computes what running totals cannot: see its `Aggregate`. The place of a row is its
 * segment and its number there; what it calls knowledge time is when the event became available.
 */
export interface WindowView extends ViewSource {
  readonly kind: "window";
  /** Length of the window in nanoseconds, at least 1. */
  readonly windowNs: bigint;
  readonly aggregates: readonly { readonly aggregate: Aggregate; readonly column: string; readonly as: string }[];
}

/** One source of feature columns. */
export type ViewInput = LatestView | AggregateView | WindowView;

/** How much of a view arrived in the output. */
export interface ViewCoverage {
  readonly name: string;
  /** Spine rows with an event that entered. */
  readonly matchedRows: number;
  /**
   * Spine rows whose newest entering event has an event or knowledge time after the cut-off, counted over all rows of
   * the result from the times of the events themselves. Anything but 0 is a bug.
   */
  readonly laterRows: number;
}

/** What the plain-loop oracle found for some spine rows. */
export interface OracleRow {
  /** Position in the spine, from 0. */
  readonly rowNumber: number;
  readonly values: Row;
}

/** How a certificate samples. */
export interface CertifyOptions {
  /** The same seed samples the same rows. */
  readonly seed: number;
  /** Rows to check; all when there are fewer. */
  readonly sampleRows: number;
}

/** A row where the join and the oracle differ. Values are shown as text. */
export interface Mismatch {
  readonly rowNumber: number;
  readonly column: string;
  readonly joined: string;
  readonly expected: string;
}

/** The evidence that a join's result holds what could be known and nothing else. */
export interface LeakageCertificate {
  readonly seed: number;
  readonly sampledRows: number;
  readonly mismatchedRows: number;
  /** The first 20 differences. */
  readonly mismatches: readonly Mismatch[];
  /** Over all rows and views of the result; see ViewCoverage.laterRows. */
  readonly rowsWithLaterKnowledge: number;
}
