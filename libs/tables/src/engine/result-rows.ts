import {
  DuckDBBlobVector,
  type DuckDBDataChunk,
  DuckDBListVector,
  type DuckDBResult,
  DuckDBTimestampNanosecondsVector,
  type DuckDBVector,
} from "@duckdb/node-api";
import type { FeatureValue } from "@throughline/kernel";
import type { Row } from "../table.ts";

/** Reads the value at a position of a column of a chunk. The chunk's columns have DuckDB's types of ours (`nativeType`). */
export type ValueAt = (index: number) => FeatureValue;

/** Readers of all columns of a chunk. */
export const columnReaders = (chunk: DuckDBDataChunk): readonly ValueAt[] =>
  Array.from({ length: chunk.columnCount }, (_, i) => valueReader(chunk.getColumnVector(i)));

/** Reads the values of one column of a chunk. */
export function valueReader(vector: DuckDBVector): ValueAt {
  if (vector instanceof DuckDBTimestampNanosecondsVector) {
    return (index) => {
      const value = vector.getItem(index);
      return value === null ? null : { ns: value.nanos };
    };
  }
  if (vector instanceof DuckDBBlobVector) {
    return (index) => {
      const bytes = vector.getItemBytes(index);
      // A copy, because the vector's memory is DuckDB's and ends with the chunk.
      return bytes === null ? null : new Uint8Array(bytes);
    };
  }
  if (vector instanceof DuckDBListVector) {
    return (index) => {
      const items = vector.getItemVector(index);
      if (items === null) return null;
      const item = valueReader(items);
      return Array.from({ length: items.itemCount }, (_, i) => item(i));
    };
  }
  return (index) => vector.getItem(index) as FeatureValue;
}

/** The rows of a chunk. */
export function chunkRows(chunk: DuckDBDataChunk): Row[] {
  const readers = columnReaders(chunk);
  return Array.from({ length: chunk.rowCount }, (_, index) => readers.map((at) => at(index)));
}

/** The chunks of a streamed result. */
export async function* chunksOf(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk, void, undefined> {
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    yield chunk;
}
