import type { FeatureValue } from "@throughline/kernel";
import type { ColumnBatch, ColumnValues, Row } from "@throughline/tables";
import { type ColumnBytes, columnBytes } from "./column-bytes.ts";
import { HEAD_BYTES, writeHead } from "./latest-entries.ts";
import type { OnlineLayout } from "./online-layout.ts";
import type { EncodedRow, OnlineRow } from "./online-rows.ts";

/**
 * The rows of a batch of the columns of an extract: keys, event time, knowledge time, row number, values, data version. Keys
 * and latest values, which every row needs, go from the columns into their bytes; the others become values when they are
 * asked for.
 */
export function extractedRows(layout: OnlineLayout, { columns, rowCount }: ColumnBatch): readonly OnlineRow[] {
  const places = placesOf(layout);
  const timesAt = places.keys.to;
  const values = columns.map(valueReader);
  const batch: Batch = {
    events: wholes(columns[timesAt]),
    knowledge: wholes(columns[timesAt + 1]),
    rowNumbers: wholes(columns[timesAt + 2]),
    dataVersions: wholes(columns.at(-1)),
    valuesOf: (part, row) => values.slice(places[part].from, places[part].to).map((at) => at(row)),
  };
  const [keys, latest] = [places.keys, places.latest].map(({ from, to }) => columns.slice(from, to).map(columnBytes));
  const encode = encoder(batch, keys ?? [], latest ?? []);
  return Array.from({ length: rowCount }, (_, row) => new ExtractedRow(batch, row, encode(row)));
}

/** The columns of values of a row. */
type Part = "keys" | "latest" | "summed" | "exact" | "tiled";

function placesOf({ keyColumns, latestColumns, sumColumns = [], exactColumns, tiles }: OnlineLayout) {
  let at = 0;
  const next = (count: number) => {
    at += count;
    return { from: at - count, to: at };
  };
  const keys = next(keyColumns.length);
  next(3);
  const [latest, summed, exact] = [latestColumns, sumColumns, exactColumns].map((it) => next(it.length));
  return { keys, latest, summed, exact, tiled: next(tiles?.columns.length ?? 0) } as Readonly<
    Record<Part, { readonly from: number; readonly to: number }>
  >;
}

interface Batch {
  readonly events: BigInt64Array;
  readonly knowledge: BigInt64Array;
  readonly rowNumbers: BigInt64Array;
  readonly dataVersions: BigInt64Array;
  readonly valuesOf: (part: Part, row: number) => Row;
}

function wholes(column: ColumnValues | undefined): BigInt64Array {
  if (column?.type === "int64" && !column.nulls) return column.numbers;
  throw new Error(`an extract has ${column?.type ?? "nothing"} where whole numbers were asked for`);
}

function valueReader(column: ColumnValues): (row: number) => FeatureValue {
  if (!("numbers" in column)) return (row) => column.values[row] ?? null;
  const { numbers, nulls } = column;
  return (row) => (nulls?.[row] === 1 ? null : (numbers[row] ?? null));
}

/** A row that reads from its batch what is asked for. A class, since a million of them are made at a time. */
class ExtractedRow implements OnlineRow {
  readonly encoded: EncodedRow;
  readonly #batch: Batch;
  readonly #row: number;

  constructor(batch: Batch, row: number, encoded: EncodedRow) {
    this.#batch = batch;
    this.#row = row;
    this.encoded = encoded;
  }
  get eventNs(): bigint {
    return this.#batch.events[this.#row] ?? 0n;
  }
  get knowledgeNs(): bigint {
    return this.#batch.knowledge[this.#row] ?? 0n;
  }
  get rowNumber(): number {
    return Number(this.#batch.rowNumbers[this.#row]);
  }
  get dataVersion(): number {
    return Number(this.#batch.dataVersions[this.#row]);
  }
  get keys(): Row {
    return this.#batch.valuesOf("keys", this.#row);
  }
  get latest(): Row {
    return this.#batch.valuesOf("latest", this.#row);
  }
  get summed(): Row {
    return this.#batch.valuesOf("summed", this.#row);
  }
  get exact(): Row {
    return this.#batch.valuesOf("exact", this.#row);
  }
  get tiled(): Row {
    return this.#batch.valuesOf("tiled", this.#row);
  }
}

/** Memory that is taken at a time. */
const BLOCK_BYTES = 256 * 1024;

/** True if these bytes lie there. By a loop, since they are few. */
function isAt(block: Uint8Array, from: number, bytes: Uint8Array): boolean {
  for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] !== block[from + i]) return false;
  return true;
}

/** Encodes the rows of a batch in their order, one behind the other. */
function encoder(batch: Batch, keys: readonly ColumnBytes[], latest: readonly ColumnBytes[]) {
  let view = new DataView(new ArrayBuffer(BLOCK_BYTES));
  let block = Buffer.from(view.buffer);
  let at = 0;
  let before: Uint8Array = Buffer.alloc(0);
  const makeRoom = (row: number): void => {
    let most = HEAD_BYTES;
    for (const it of keys) most += it.most(row);
    for (const it of latest) most += it.most(row);
    if (at + most <= block.length) return;
    view = new DataView(new ArrayBuffer(Math.max(BLOCK_BYTES, most)));
    [block, at] = [Buffer.from(view.buffer), 0];
  };
  return (row: number): EncodedRow => {
    makeRoom(row);
    const keysAt = at;
    for (const it of keys) at = it.write(view, at, row);
    if (before.length === at - keysAt && isAt(block, keysAt, before)) at = keysAt;
    else before = block.subarray(keysAt, at);
    const latestAt = at;
    const { events, dataVersions, rowNumbers } = batch;
    writeHead(view, at, {
      eventNs: events[row] ?? 0n,
      dataVersion: Number(dataVersions[row]),
      rowNumber: Number(rowNumbers[row]),
    });
    at += HEAD_BYTES;
    for (const it of latest) at = it.write(view, at, row);
    return { keys: before, latest: block.subarray(latestAt, at) };
  };
}
