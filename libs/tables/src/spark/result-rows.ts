import type { FeatureValue } from "@throughline/kernel";
import { type Data, type RecordBatch, tableFromIPC } from "apache-arrow";
import { valueReader } from "../engine/arrow-columns.ts";
import type { Row } from "../table.ts";

/** The rows of one piece of a query's result: whole numbers are bigints, and small results are worth no columns. */
export function resultBatch(stream: Uint8Array): Row[] {
  return tableFromIPC(stream).batches.flatMap((batch: RecordBatch) => {
    const readers = batch.data.children.map((it: Data) => valueReader(it));
    return Array.from({ length: batch.numRows }, (_, i): readonly FeatureValue[] => readers.map((at) => at(i)));
  });
}

/** The rows of a query's result, one by one. */
export async function* resultRows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Row, void, undefined> {
  for await (const piece of pieces) yield* resultBatch(piece);
}
