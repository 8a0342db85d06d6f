import type { CallOptions, OutputPlan, TableEngine, WrittenTable } from "@throughline/tables";
import { timeOutOfRange } from "./errors.ts";
import type { TimeRange } from "./segment.ts";
import { quoted } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";
import { NS_MAX, refuseRows, type TakenRows } from "./source-rows.ts";

/** A file with the source's columns, on its way into a segment. */
export interface LoadedRows {
  readonly source: Source;
  readonly file: WrittenTable;
  readonly signal: AbortSignal;
}

/**
 * What `rowIntake` finds, found in the table process: a file has more rows than JavaScript should see one by one. Fails
 * with TIME_OUT_OF_RANGE, KNOWLEDGE_BEFORE_EVENT or ROW_WITHOUT_TIME.
 */
export async function checkLoadedRows(tables: TableEngine, { source, file, signal }: LoadedRows): Promise<TakenRows> {
  const numbered = `SELECT row_number() OVER () AS n, epoch_ns(${quoted(source.eventTimeColumn)}) AS e,
    ${knowledgeNs(source)} AS k FROM loaded`;
  const marked = `SELECT n, e, k, e IS NULL OR k IS NULL AS timeless, k < e AS early, k > ${NS_MAX} AS beyond FROM (${numbered})`;
  const sql = `SELECT min(n) FILTER (beyond), count(*) FILTER (early), min(n) FILTER (early), count(*) FILTER (timeless),
    min(n) FILTER (timeless), count(*) FILTER (NOT timeless), min(e) FILTER (NOT timeless), max(e) FILTER (NOT timeless),
    (min(k) FILTER (NOT timeless AND NOT beyond))::BIGINT, (max(k) FILTER (NOT timeless AND NOT beyond))::BIGINT
    FROM (${marked})`;
  const { rows } = await tables.query({ sql, inputs: { loaded: [file.path] }, rowsMax: 1 }, { signal });
  const [beyond, early, firstEarly, timeless, firstTimeless, kept, ...times] = (rows[0] ?? []) as (bigint | null)[];
  const [eventMin, eventMax, knownMin, knownMax] = times;
  if (typeof beyond === "bigint") throw timeOutOfRange(Number(beyond));
  refuseRows(source, {
    early: { count: Number(early), first: Number(firstEarly) },
    timeless: { count: Number(timeless), first: Number(firstTimeless) },
  });
  const knowledgeTimeNs = rangeOf(knownMin, knownMax);
  const counts = { rowCount: Number(kept), skippedRowCount: Number(timeless) };
  return { ...counts, eventTimeNs: rangeOf(eventMin, eventMax), ...(knowledgeTimeNs && { knowledgeTimeNs }) };
}

const rangeOf = (least: bigint | null | undefined, most: bigint | null | undefined): TimeRange | undefined =>
  typeof least === "bigint" && typeof most === "bigint" ? { least, most } : undefined;

/** Writes the rows that were checked as a segment's file, which has the bytes that a push of the same rows has. */
export function writeLoadedRows(
  tables: TableEngine,
  { source, file }: LoadedRows,
  { output, ...options }: OutputPlan & CallOptions,
): Promise<WrittenTable> {
  const event = quoted(source.eventTimeColumn);
  const known = knowledgeTime(source);
  const columns = [
    ...source.columns.map((it) => quoted(it.name)),
    `${event} AS ${quoted(SEGMENT_COLUMNS.eventTime)}`,
    `${known} AS ${quoted(SEGMENT_COLUMNS.knowledgeTime)}`,
    `row_number() OVER () - 1 AS ${quoted(SEGMENT_COLUMNS.rowNumber)}`,
  ];
  const sql = `SELECT ${columns.join(", ")} FROM loaded WHERE ${event} IS NOT NULL AND ${known} IS NOT NULL`;
  return tables.writeQuery({ sql, inputs: { loaded: [file.path] }, output }, options);
}

/** SQL of the knowledge time in whole nanoseconds, of which there can be more than 64 bits hold. */
function knowledgeNs({ eventTimeColumn, knowledgeTime }: Source): string {
  if (knowledgeTime.kind === "column") return `epoch_ns(${quoted(knowledgeTime.column)})::HUGEINT`;
  return `(epoch_ns(${quoted(eventTimeColumn)})::HUGEINT + ${knowledgeTime.delayNs})`;
}

/** SQL of the knowledge time. The engine names the last nanosecond of 64 bits infinity, and makes it by that name alone. */
function knowledgeTime(source: Source): string {
  if (source.knowledgeTime.kind === "column") return quoted(source.knowledgeTime.column);
  const ns = knowledgeNs(source);
  return `CASE WHEN ${ns} = ${NS_MAX} THEN 'infinity'::TIMESTAMP_NS ELSE make_timestamp_ns(${ns}::BIGINT) END`;
}
