import {
  type ColumnState,
  emptyTile,
  type PartialTile,
  reader,
  tileBegin,
  type WindowRow,
  type Writer,
  writer,
} from "@throughline/windows";
import type { OnlineRow } from "./online-rows.ts";
import type { OnlineEntry, SeriesEdit, SeriesTail } from "./online-store.ts";

/**
 * Edits that add new rows of one entity to the rows themselves: an entry for each moment at which some became known. Every
 * row counts by itself, so the same rows must never be merged twice.
 */
export function mergeRows({ entries }: SeriesTail, rows: readonly OnlineRow[]): readonly SeriesEdit[] {
  const there = new Map(entries.map((it) => [it.timeNs, it]));
  const added = Map.groupBy(rows, (it) => it.knowledgeNs);
  return [...added].map(([timeNs, some]): SeriesEdit => {
    const entry = there.get(timeNs);
    const before = entry ? rowsOfEntry(entry, some[0]?.tiled.length ?? 0) : [];
    const all = [...before, ...some.map(windowRow)].sort((a, b) => a.segment - b.segment || a.rowNumber - b.rowNumber);
    const to = writer();
    to.count(all.length);
    for (const it of all) writeRow(to, it);
    return { timeNs, value: to.end() };
  });
}

/** Edits that add new rows of one entity to the tiles of one length. */
export function mergeTiles(
  { entries }: SeriesTail,
  rows: readonly OnlineRow[],
  { states, lengthNs }: { readonly states: readonly ColumnState[]; readonly lengthNs: bigint },
): readonly SeriesEdit[] {
  const there = new Map(entries.map((it) => [it.timeNs, it]));
  const added = Map.groupBy(rows, (it) => tileTime(it.knowledgeNs, lengthNs));
  return [...added].map(([timeNs, some]): SeriesEdit => {
    const tile = emptyTile(states);
    const entry = there.get(timeNs);
    if (entry) tile.absorb(entry.value);
    for (const row of some) tile.add(windowRow(row));
    return { timeNs, value: tile.bytes() };
  });
}

const NS_LEAST = -(2n ** 63n);

/**
 * The time of a tile's entry: its begin. The first tile of all begins before 64 bits do, and stands where they do; it is never
 * read, since no window holds all of it.
 */
export function tileTime(ns: bigint, lengthNs: bigint): bigint {
  const begin = tileBegin(ns, lengthNs);
  return begin < NS_LEAST ? NS_LEAST : begin;
}

/** Adds the rows of an entry to a tile. */
export function addRows(tile: PartialTile, entry: OnlineEntry, columnCount: number): void {
  for (const row of rowsOfEntry(entry, columnCount)) tile.add(row);
}

function rowsOfEntry({ timeNs, value }: OnlineEntry, columnCount: number): readonly WindowRow[] {
  const from = reader(value);
  return Array.from({ length: from.count() }, () => ({
    eventNs: from.int64(),
    knowledgeNs: timeNs,
    segment: from.count(),
    rowNumber: from.count(),
    values: Array.from({ length: columnCount }, () => from.value()),
  }));
}

/** Event time, data version, row number and the canonical values. */
function writeRow(to: Writer, { eventNs, segment, rowNumber, values }: WindowRow): void {
  to.int64(eventNs);
  to.count(segment);
  to.count(rowNumber);
  for (const it of values) to.value(it);
}

const windowRow = ({ eventNs, knowledgeNs, dataVersion, rowNumber, tiled }: OnlineRow): WindowRow => ({
  eventNs,
  knowledgeNs,
  segment: dataVersion,
  rowNumber,
  values: tiled,
});
