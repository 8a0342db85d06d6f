import {
  minusSums,
  NO_SUMS,
  plusSums,
  plusValue,
  readSums as readExact,
  reader,
  type Sums,
  writer,
  writeSums,
} from "@throughline/windows";
import type { ExactColumn } from "./online-layout.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { SeriesEdit, SeriesTail } from "./online-store.ts";

/**
 * Everything that one entity's rows add up to until a time. What a window adds up to is the difference of two of these, so a
 * read takes two seeks whatever the length of the window.
 */
export interface RunningSums {
  readonly rowCount: bigint;
  /** For each column of whole sums. */
  readonly columns: readonly ColumnSum[];
  /** For each column of exact sums. */
  readonly exact: readonly Sums[];
}

/** Which sums there are. */
export interface SumShape {
  /** Columns of whole sums. */
  readonly columnCount: number;
  readonly exactColumns: readonly ExactColumn[];
}

/** Of the values that are not null. */
interface ColumnSum {
  readonly count: bigint;
  readonly sum: bigint;
}

const COUNT_BYTES = 8;
/** A sum over more rows than there will ever be does not leave 128 bits, though it may leave 64. */
const SUM_BYTES = 16;

/**
 * Edits that add new rows of one entity to the sums from their knowledge times on. Every row counts by itself, so the same
 * rows must never be merged twice.
 */
export function mergeSums(
  { before, entries }: SeriesTail,
  rows: readonly OnlineRow[],
  shape: SumShape,
): readonly SeriesEdit[] {
  const nothing: RunningSums = {
    rowCount: 0n,
    columns: Array.from({ length: shape.columnCount }, () => ({ count: 0n, sum: 0n })),
    exact: shape.exactColumns.map(() => NO_SUMS),
  };
  const there = new Map(entries.map((it) => [it.timeNs, it]));
  const added = Map.groupBy(rows, (it) => it.knowledgeNs);
  const times = [...new Set([...there.keys(), ...added.keys()])].sort((a, b) => (a < b ? -1 : 1));
  let old = before ? readSums(before.value, shape) : nothing;
  let more = nothing;
  return times.map((timeNs): SeriesEdit => {
    const entry = there.get(timeNs);
    if (entry) old = readSums(entry.value, shape);
    for (const row of added.get(timeNs) ?? []) more = plusRow(more, row, shape);
    return { timeNs, value: sumBytes(combine(old, more, 1n), shape) };
  });
}

/** What was added after `earlier` and until `later`; either undefined if nothing was known then. */
export function difference(later: RunningSums, earlier: RunningSums | undefined): RunningSums {
  return earlier ? combine(later, earlier, -1n) : later;
}

function combine(a: RunningSums, b: RunningSums, sign: 1n | -1n): RunningSums {
  return {
    rowCount: a.rowCount + sign * b.rowCount,
    columns: a.columns.map((it, i) => {
      const other = b.columns[i] as ColumnSum;
      return { count: it.count + sign * other.count, sum: it.sum + sign * other.sum };
    }),
    exact: a.exact.map((it, i) => (sign > 0n ? plusSums : minusSums)(it, b.exact[i] as Sums)),
  };
}

const plusRow = ({ rowCount, columns, exact }: RunningSums, row: OnlineRow, shape: SumShape): RunningSums => ({
  rowCount: rowCount + 1n,
  columns: columns.map((it, i) => {
    const value = row.summed[i];
    if (typeof value !== "bigint" && typeof value !== "boolean") return it;
    return { count: it.count + 1n, sum: it.sum + BigInt(value) };
  }),
  exact: exact.map((it, i) => {
    const value = row.exact[i] ?? null;
    return value === null ? it : plusValue(it, value, shape.exactColumns[i]?.withSquares ?? false);
  }),
});

/**
 * The bytes of sums: the row count, then count and sum (low and high half) of each column of whole sums, little-endian, and
 * what libs/windows writes for each column of exact sums.
 */
function sumBytes({ rowCount, columns, exact }: RunningSums, { exactColumns }: SumShape): Uint8Array {
  const bytes = Buffer.allocUnsafe(wholeBytes(columns.length));
  let at = bytes.writeBigUInt64LE(rowCount, 0);
  for (const { count, sum } of columns) {
    at = bytes.writeBigUInt64LE(count, at);
    at = bytes.writeBigUInt64LE(BigInt.asUintN(64, sum), at);
    at = bytes.writeBigInt64LE(sum >> 64n, at);
  }
  if (exact.length === 0) return bytes;
  const to = writer();
  to.raw(bytes);
  exact.forEach((it, i) => void writeSums(to, it, exactColumns[i]?.withSquares ?? false));
  return to.end();
}

const wholeBytes = (columnCount: number): number => COUNT_BYTES + columnCount * (COUNT_BYTES + SUM_BYTES);

export function readSums(value: Uint8Array, { columnCount, exactColumns }: SumShape): RunningSums {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const columns = Array.from({ length: columnCount }, (_, i): ColumnSum => {
    const at = wholeBytes(i);
    const low = bytes.readBigUInt64LE(at + COUNT_BYTES);
    const high = bytes.readBigInt64LE(at + COUNT_BYTES + 8);
    return { count: bytes.readBigUInt64LE(at), sum: (high << 64n) + low };
  });
  const from = reader(bytes.subarray(wholeBytes(columnCount)));
  const exact = exactColumns.map((it) => readExact(from, it.withSquares));
  return { rowCount: bytes.readBigUInt64LE(0), columns, exact };
}
