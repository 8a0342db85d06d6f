import type { BlobStore } from "@throughline/blobs";
import type { TableEngine } from "@throughline/tables";
import type { DataLog } from "./data-version.ts";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import { withinNs } from "./online-time.ts";
import { problems } from "./problems.ts";
import type { NamedValues } from "./push-rows.ts";
import type { SegmentLog } from "./segment.ts";
import { fileRows } from "./segment-query.ts";
import type { Source } from "./source.ts";
import { rowColumns, type WrittenRow, writtenRows } from "./source-reading.ts";
import { describeValue, isOfType, NAN_IS_NO_KEY } from "./value-type.ts";

/** The source rows behind the features of one view. */
export interface ViewTrace {
  readonly selection: BoundSelection;
  readonly rowCount: number;
  /** Latest knowledge first. */
  readonly rows: readonly WrittenRow[];
}

/** Whose features are traced, and as of when. */
export interface TraceRequest {
  readonly bound: BoundService;
  readonly row: NamedValues;
  readonly asOfNs: bigint;
  /** Rows to return for each view. */
  readonly rowLimit: number;
  readonly signal: AbortSignal;
}

/** What it needs. */
export interface TraceDeps {
  readonly tables: TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly segments: SegmentLog;
  readonly dataLog: Pick<DataLog, "segment">;
  source(project: string, id: string): Promise<Source>;
}

/** Finds the source rows that the features of an entity row come from, in the segments themselves. */
export async function traceFeatures(deps: TraceDeps, request: TraceRequest): Promise<readonly ViewTrace[]> {
  checkKeys(request);
  const traces: ViewTrace[] = [];
  for (const selection of request.bound.views) traces.push(await traceView(deps, request, selection));
  return traces;
}

function checkKeys({ bound, row }: TraceRequest): void {
  const wrong = problems();
  for (const { field, type } of bound.views.flatMap((it) => it.keys)) {
    const value = row.get(field) ?? null;
    const path = `row.values["${field}"]`;
    if (!isOfType(value, type)) wrong.add(path, `it is ${describeValue(value)}, needed is ${type}`);
    else if (Number.isNaN(value)) wrong.add(path, NAN_IS_NO_KEY);
  }
  wrong.throwIfAny();
}

async function traceView(deps: TraceDeps, request: TraceRequest, selection: BoundSelection): Promise<ViewTrace> {
  const { view, keys } = selection;
  const { row, asOfNs, rowLimit, signal } = request;
  const values = keys.map((it) => row.get(it.field) ?? null);
  const all = await deps.segments.files(view.project, view.source, Number.MAX_SAFE_INTEGER);
  const files = all.filter((it) => it.eventTimeNs !== undefined && it.eventTimeNs.least <= asOfNs);
  if (files.length === 0 || values.includes(null)) return { selection, rowCount: 0, rows: [] };
  const source = await deps.source(view.project, view.source);
  const { inputs, sql } = await fileRows(deps.blobs, files, rowColumns(source));
  const columnOf = (name: string): string => `c${source.columns.findIndex((it) => it.name === name)}`;
  const matching = keys.map((it, i) => `${columnOf(it.column)} = $key${i}`);
  const known = `SELECT *, ${newestFirst()} AS age FROM (${sql}) WHERE ${[...matching, "a <= $as_of"].join(" AND ")}`;
  const behind = `SELECT * FROM (${known}) WHERE ${rowsBehind(selection)}`;
  const parameters = {
    ...Object.fromEntries(values.map((value, i) => [`key${i}`, value])),
    as_of: withinNs(asOfNs),
  };
  const query = `SELECT *, count(*) OVER () AS total FROM (${behind}) ORDER BY a DESC, dv DESC, n DESC LIMIT ${rowLimit}`;
  const found = await deps.tables.query({ sql: query, parameters, inputs, rowsMax: rowLimit }, { signal });
  return {
    selection,
    rowCount: Number(found.rows[0]?.at(-1) ?? 0),
    rows: await writtenRows(deps, source, found.rows),
  };
}

/** 1 for the row whose values the point-in-time join takes. */
const newestFirst = (): string => "row_number() OVER (ORDER BY e DESC, a DESC, dv DESC, n DESC)";

/** Which of the known rows the view's features are computed from. Numbers of our own definitions, not of the caller. */
function rowsBehind({ view, features }: BoundSelection): string {
  const conditions: string[] = [];
  if (features.some((it) => it.kind === "column"))
    conditions.push(view.ttlNs === undefined ? "age = 1" : `(age = 1 AND $as_of - e <= ${view.ttlNs})`);
  const windows = features.flatMap((it) => (it.kind === "aggregate" ? [it.windowNs] : []));
  const longest = windows.reduce((most, it) => (it > most ? it : most), 0n);
  if (windows.length > 0) conditions.push(`CAST(a AS HUGEINT) > $as_of - CAST(${longest} AS HUGEINT)`);
  return `(${conditions.join(" OR ")})`;
}
