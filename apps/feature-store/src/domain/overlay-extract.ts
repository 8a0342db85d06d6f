import type { BlobStore } from "@throughline/blobs";
import { canonicalRowBytes } from "@throughline/kernel";
import type { ColumnBatch, ColumnValues, TableEngine } from "@throughline/tables";
import { TILE_LENGTHS_NS } from "@throughline/windows";
import { extractedRows } from "./extracted-rows.ts";
import { extractColumns, keyExpressions } from "./online-extract.ts";
import type { OnlineLayout } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import { LEAST_NS } from "./overlay-entries.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { Segment } from "./segment.ts";
import { quoted, segmentRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS } from "./source.ts";

/** What reading for an overlay needs. */
export interface OverlayReading {
  readonly tables: TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
}

/** What to read, and where to keep it meanwhile. */
export interface OverlayExtractPlan {
  readonly layout: OnlineLayout;
  readonly segments: readonly Segment[];
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** The entities that some segments have rows of, each with the time from which on its online values depend on them. */
export interface TouchedEntities {
  readonly path: string;
  readonly entityCount: number;
}

/** An entity that is touched. */
export interface TouchedEntity {
  /** Canonical bytes of its keys. */
  readonly keys: Uint8Array;
  readonly fromNs: bigint;
  /** Its place in the order of keys, from 0. */
  readonly place: number;
}

/** A row of a touched entity; undefined if the entity has none. */
export interface TouchedRow extends TouchedEntity {
  readonly row: OnlineRow | undefined;
}

/** Rows that are read at a time. */
const PAGE_ROWS = 50_000;

/** Names of the key columns in the files between. */
const keysOf = ({ keyColumns }: OnlineLayout): readonly string[] => keyColumns.map((_, i) => `k${i}`);

/** Finds the entities of some segments, and writes them to a file. There must be at least one segment. */
export async function touchedEntities(
  { tables, blobs }: OverlayReading,
  { layout, segments, scratch, signal }: OverlayExtractPlan,
): Promise<TouchedEntities> {
  const keys = keysOf(layout);
  const columns = [...keyExpressions(layout), `epoch_ns(${quoted(SEGMENT_COLUMNS.knowledgeTime)}) AS a`];
  const { inputs, sql } = await segmentRows(blobs, segments, columns.join(", "));
  const complete = keys.map((it) => `${it} IS NOT NULL`).join(" AND ");
  const entities = `SELECT ${keys.join(", ")}, ${beginSql(layout, "min(a)")} AS f FROM (${sql}) WHERE ${complete} GROUP BY ALL`;
  const placed = `SELECT *, row_number() OVER (ORDER BY ${keys.join(", ")}) - 1 AS o FROM (${entities}) ORDER BY o`;
  const output = scratch.path(`touched-${layout.id}.parquet`);
  const { rowCount } = await tables.writeQuery({ sql: placed, inputs, output }, { signal });
  return { path: output, entityCount: rowCount };
}

/** A tile changes wholly: where there are tiles, everything since the begin of the longest one is made anew. */
function beginSql({ tiles }: OnlineLayout, time: string): string {
  const length = TILE_LENGTHS_NS.at(-1);
  if (!tiles || length === undefined) return time;
  const begin = `${time} - ((${time} % ${length}) + ${length}) % ${length}`;
  return `CASE WHEN ${time} < ${LEAST_NS + length} THEN ${LEAST_SQL} ELSE ${begin} END`;
}

/** Written so, since the digits alone are one more than 64 bits hold before their sign is taken. */
const LEAST_SQL = `(${LEAST_NS + 1n} - 1)::BIGINT`;

/** The touched entities themselves, page by page, in the order of their keys. */
export async function* entitiesOf(
  { tables }: Pick<OverlayReading, "tables">,
  { path, entityCount }: TouchedEntities,
  { layout, signal }: Pick<OverlayExtractPlan, "layout" | "signal">,
): AsyncGenerator<readonly TouchedEntity[]> {
  const keyCount = layout.keyColumns.length;
  for (let offset = 0; offset < entityCount; offset += PAGE_ROWS) {
    const { rows } = await tables.readRows({ segments: [path], offset, limit: PAGE_ROWS }, { signal });
    yield rows.map((it) => ({
      keys: canonicalRowBytes(it.slice(0, keyCount)),
      fromNs: it[keyCount] as bigint,
      place: Number(it[keyCount + 1]),
    }));
  }
}

/** Which rows of the touched entities are wanted. */
export interface TouchedRowsPlan extends OverlayExtractPlan {
  readonly touched: TouchedEntities;
  /**
   * `since`: of each touched entity the rows from its time on, and one without a row if it has none. `all`: every row that
   * a touched entity has in the segments.
   */
  readonly which: "since" | "all";
}

/** The rows of touched entities in some segments, batch by batch, in the order of entity and knowledge time. */
export async function* touchedRows(
  { tables, blobs }: OverlayReading,
  { layout, segments, scratch, signal, touched, which }: TouchedRowsPlan,
): AsyncGenerator<readonly TouchedRow[]> {
  if (segments.length === 0) {
    const entities = entitiesOf({ tables }, touched, { layout, signal });
    if (which === "since") for await (const some of entities) yield some.map((it) => ({ ...it, row: undefined }));
    return;
  }
  const { inputs, sql } = await segmentRows(blobs, segments, extractColumns(layout).join(", "));
  const plan = { sql: joinSql(layout, sql, which), inputs: { ...inputs, touched: [touched.path] } };
  const batches = scratch.spool(tables.queryColumns(plan, { signal }))[Symbol.asyncIterator]();
  let ahead = batches.next();
  try {
    for (let batch = await ahead; !batch.done; batch = await ahead) {
      ahead = batches.next();
      // It is waited for only when this batch is used, and may fail before.
      ahead.catch(() => {});
      yield rowsOfBatch(layout, batch.value);
    }
  } finally {
    await batches.return?.();
  }
}

function rowsOfBatch(layout: OnlineLayout, { columns, rowCount }: ColumnBatch): readonly TouchedRow[] {
  const [times, places] = [wholeNumbers(columns[0]), wholeNumbers(columns[1])];
  const rows = extractedRows(layout, { columns: columns.slice(2), rowCount });
  return rows.map(
    (row, i): TouchedRow => ({
      keys: row.encoded?.keys ?? canonicalRowBytes(row.keys),
      fromNs: times[i] ?? 0n,
      place: Number(places[i]),
      row: row.dataVersion === NO_ROW ? undefined : row,
    }),
  );
}

/** The data version in place of a row that is not there. */
const NO_ROW = -1;

function joinSql(layout: OnlineLayout, rowsSql: string, which: TouchedRowsPlan["which"]): string {
  const keys = keysOf(layout);
  const same = keys.map((it) => `t.${it} = r.${it}`).join(" AND ");
  const joined = which === "all" ? `touched t JOIN r ON ${same}` : `touched t LEFT JOIN r ON ${same} AND r.a >= t.f`;
  const numbers = ["e", "a", "n"].map((it) => `coalesce(r.${it}, 0) AS ${it}`);
  const selected = [
    ...["t.f", "t.o"],
    ...keys.map((it) => `t.${it}`),
    ...numbers,
    `r.* EXCLUDE (${[...keys, "e", "a", "n", "dv"].join(", ")})`,
    `coalesce(r.dv, ${NO_ROW}) AS dv`,
  ];
  return `WITH r AS (${rowsSql}) SELECT ${selected.join(", ")} FROM ${joined} ORDER BY t.o, r.a, r.dv, r.n`;
}

function wholeNumbers(column: ColumnValues | undefined): BigInt64Array {
  if (column?.type === "int64" && !column.nulls) return column.numbers;
  throw new Error(`an overlay has ${column?.type ?? "nothing"} where whole numbers were asked for`);
}
