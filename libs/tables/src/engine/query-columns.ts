import { DuckDBBigIntVector, type DuckDBDataChunk, DuckDBDoubleVector, type DuckDBVector } from "@duckdb/node-api";
import type { SelectPlan } from "../port.ts";
import type { Column, ColumnBatch, ColumnValues } from "../table.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { boundQuery, filesOf, openInputs } from "./query.ts";
import { chunksOf, type ValueAt, valueReader } from "./result-rows.ts";
import { openSession, queryFailure } from "./session.ts";

/** Rows of a batch at least, unless it is the last: five of the pieces in which DuckDB gives them. */
const BATCH_ROWS = 10_240;

/** See TableEngine.queryColumns. */
export async function queryColumns(plan: SelectPlan, context: JobContext): Promise<undefined> {
  await using session = await openSession(context, { reads: filesOf(plan), writes: [] });
  await openInputs(session, plan);
  try {
    const { columns, select, values } = await boundQuery(session, plan);
    let waiting: DuckDBDataChunk[] = [];
    let rowCount = 0;
    const giveOut = async (): Promise<void> => {
      await context.output(batchOf(columns, waiting, rowCount));
      await breathe(context);
      [waiting, rowCount] = [[], 0];
    };
    for await (const chunk of chunksOf(await session.stream(select, values))) {
      waiting.push(chunk);
      rowCount += chunk.rowCount;
      if (rowCount >= BATCH_ROWS) await giveOut();
    }
    if (rowCount > 0) await giveOut();
    return undefined;
  } catch (error) {
    throw queryFailure(error);
  }
}

function batchOf(columns: readonly Column[], chunks: readonly DuckDBDataChunk[], rowCount: number): ColumnBatch {
  return {
    rowCount,
    columns: columns.map(({ type }, i) => {
      const parts = chunks.map((chunk): Part => partOf(chunk.getColumnVector(i), chunk.rowCount));
      return columnValues(type, parts, rowCount);
    }),
  };
}

/** One column of one chunk. */
interface Part {
  readonly at: ValueAt;
  readonly rowCount: number;
  /** All values at once, in DuckDB's memory; undefined unless they are numbers and none is null. */
  readonly numbers: Float64Array | BigInt64Array | undefined;
}

const partOf = (vector: DuckDBVector, rowCount: number): Part => ({
  at: valueReader(vector),
  rowCount,
  numbers: allNumbers(vector)?.subarray(0, rowCount),
});

/** The driver keeps these to itself, and gives values one by one, which takes some twenty times as long as to copy them. */
interface NumberVector {
  readonly items: Float64Array | BigInt64Array;
  readonly validity: { readonly data: BigUint64Array | null };
}

function allNumbers(vector: DuckDBVector): NumberVector["items"] | undefined {
  if (!(vector instanceof DuckDBDoubleVector || vector instanceof DuckDBBigIntVector)) return undefined;
  const { items, validity } = vector as unknown as NumberVector;
  return validity.data === null ? items : undefined;
}

function columnValues(type: Column["type"], parts: readonly Part[], rowCount: number): ColumnValues {
  if (type === "float64") {
    const numbers = new Float64Array(rowCount);
    return { type, numbers, nulls: filled(numbers, parts) };
  }
  if (type === "int64") {
    const numbers = new BigInt64Array(rowCount);
    return { type, numbers, nulls: filled(numbers, parts) };
  }
  return { type, values: parts.flatMap(({ at, rowCount: count }) => Array.from({ length: count }, (_, i) => at(i))) };
}

/** Puts every value in its place, and tells the places that have none. */
function filled(to: Float64Array | BigInt64Array, parts: readonly Part[]): Uint8Array | undefined {
  let nulls: Uint8Array | undefined;
  let row = 0;
  for (const { at, rowCount, numbers } of parts) {
    // Of one kind, since the column has one type.
    if (numbers) to.set(numbers as never, row);
    for (let i = 0; i < rowCount && !numbers; i++) {
      const value = at(i);
      if (value !== null) to[row + i] = value as never;
      else {
        nulls ??= new Uint8Array(to.length);
        nulls[row + i] = 1;
      }
    }
    row += rowCount;
  }
  return nulls;
}
