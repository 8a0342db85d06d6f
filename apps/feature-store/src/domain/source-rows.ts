import type { FeatureValue } from "@throughline/kernel";
import type { Row, Column as TableColumn } from "@throughline/tables";
import { knowledgeBeforeEvent, rowWithoutTime, timeOutOfRange } from "./errors.ts";
import type { TimeRange } from "./segment.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";

/** A row of a source with both its times, as it stands in a segment. */
export interface TimedRow {
  /** In the order of the source's columns. */
  readonly values: Row;
  readonly eventNs: bigint;
  readonly knowledgeNs: bigint;
}

/** Counts what comes by, and keeps the rules about times. */
export interface RowIntake {
  /** The row with its times; undefined for one that is left out. */
  take(values: Row): TimedRow | undefined;
  /** Fails with KNOWLEDGE_BEFORE_EVENT or ROW_WITHOUT_TIME if a row that was taken breaks the rule. */
  finish(): TakenRows;
}

/** What became of the rows of a file or a push. */
export interface TakenRows {
  readonly rowCount: number;
  readonly skippedRowCount: number;
  readonly eventTimeNs: TimeRange | undefined;
  /** Left out where there is no row. */
  readonly knowledgeTimeNs?: TimeRange;
}

/** Rows that break a rule. `first` counts from 1. */
interface BrokenRows {
  readonly count: number;
  readonly first: number;
}

/** Fails with KNOWLEDGE_BEFORE_EVENT for rows that are known too early, else with ROW_WITHOUT_TIME unless those are skipped. */
export function refuseRows(
  source: Source,
  { early, timeless }: { readonly early: BrokenRows; readonly timeless: BrokenRows },
): void {
  if (early.count > 0) throw knowledgeBeforeEvent(early.count, early.first);
  if (timeless.count > 0 && !source.skipRowsWithoutTime)
    throw rowWithoutTime({ ...timeless, columns: timeColumns(source) });
}

/** The last time that nanoseconds in 64 bits can hold. */
export const NS_MAX = 2n ** 63n - 1n;

/**
 * Reads the times of rows in their order. A row without a knowledge time is treated as one without an event time: it could
 * never be known.
 */
export function rowIntake(source: Source): RowIntake {
  const { columns, knowledgeTime } = source;
  const indexOf = (name: string): number => columns.findIndex((it) => it.name === name);
  const eventAt = indexOf(source.eventTimeColumn);
  const knowledgeAt = knowledgeTime.kind === "column" ? indexOf(knowledgeTime.column) : eventAt;
  const delayNs = knowledgeTime.kind === "delay" ? knowledgeTime.delayNs : 0n;
  const early = { count: 0, first: 0 };
  const timeless = { count: 0, first: 0 };
  let seen = 0;
  let kept = 0;
  let events: TimeRange | undefined;
  let known: TimeRange | undefined;
  const count = (what: typeof early): undefined => {
    if (what.count === 0) what.first = seen;
    what.count += 1;
  };
  return {
    take(values) {
      seen += 1;
      const eventNs = nsOf(values[eventAt]);
      const knownNs = nsOf(values[knowledgeAt]);
      if (eventNs === undefined || knownNs === undefined) return count(timeless);
      const knowledgeNs = knownNs + delayNs;
      if (knowledgeNs > NS_MAX) throw timeOutOfRange(seen);
      if (knowledgeNs < eventNs) return count(early);
      kept += 1;
      events = including(events, eventNs);
      known = including(known, knowledgeNs);
      return { values, eventNs, knowledgeNs };
    },
    finish() {
      refuseRows(source, { early, timeless });
      const taken = { rowCount: kept, skippedRowCount: timeless.count, eventTimeNs: events };
      return { ...taken, ...(known && { knowledgeTimeNs: known }) };
    },
  };
}

const timeColumns = ({ eventTimeColumn, knowledgeTime }: Source): readonly string[] =>
  knowledgeTime.kind === "column" ? [eventTimeColumn, knowledgeTime.column] : [eventTimeColumn];

function including(range: TimeRange | undefined, ns: bigint): TimeRange {
  if (!range) return { least: ns, most: ns };
  if (ns < range.least) return { least: ns, most: range.most };
  return ns > range.most ? { least: range.least, most: ns } : range;
}

function nsOf(value: FeatureValue | undefined): bigint | undefined {
  return value !== null && typeof value === "object" && "ns" in value ? value.ns : undefined;
}

/** The columns of a source's segments: its own, then both times and the row's number in the segment, from 0. */
export const segmentColumns = (source: Source): readonly TableColumn[] => [
  ...source.columns.map(({ name, type }) => ({ name, type })),
  { name: SEGMENT_COLUMNS.eventTime, type: "timestamp" },
  { name: SEGMENT_COLUMNS.knowledgeTime, type: "timestamp" },
  { name: SEGMENT_COLUMNS.rowNumber, type: "int64" },
];

/** A row as it stands in the segment's file. */
export const segmentRow = ({ values, eventNs, knowledgeNs }: TimedRow, rowNumber: number): Row => [
  ...values,
  { ns: eventNs },
  { ns: knowledgeNs },
  BigInt(rowNumber),
];
