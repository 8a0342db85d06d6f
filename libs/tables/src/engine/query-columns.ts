import type { DuckDBDataChunk } from "@duckdb/node-api";
import type { FeatureValue } from "@throughline/kernel";
import type { SelectPlan } from "../port.ts";
import type { Column, ColumnBatch, ColumnValues } from "../table.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { boundQuery, filesOf, openInputs } from "./query.ts";
import { chunksOf, columnReaders, type ValueAt } from "./result-rows.ts";
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
  const readers = chunks.map(columnReaders);
  return {
    rowCount,
    columns: columns.map(({ type }, i) => {
      const parts = chunks.map((chunk, c): Part => [readers[c]?.[i] ?? (() => null), chunk.rowCount]);
      return columnValues(type, parts, rowCount);
    }),
  };
}

/** One column of one chunk. */
type Part = readonly [at: ValueAt, rowCount: number];

function columnValues(type: Column["type"], parts: readonly Part[], rowCount: number): ColumnValues {
  if (type === "float64") {
    const numbers = new Float64Array(rowCount);
    const nulls = filled(parts, rowCount, (row, value) => {
      numbers[row] = value as number;
    });
    return { type, numbers, nulls };
  }
  if (type === "int64") {
    const numbers = new BigInt64Array(rowCount);
    const nulls = filled(parts, rowCount, (row, value) => {
      numbers[row] = value as bigint;
    });
    return { type, numbers, nulls };
  }
  return { type, values: parts.flatMap(([at, count]) => Array.from({ length: count }, (_, i) => at(i))) };
}

/** Puts every value in its place, and tells the places that have none. */
function filled(
  parts: readonly Part[],
  rowCount: number,
  put: (row: number, value: FeatureValue) => void,
): Uint8Array | undefined {
  let nulls: Uint8Array | undefined;
  let row = 0;
  for (const [at, count] of parts) {
    for (let i = 0; i < count; i++, row++) {
      const value = at(i);
      if (value !== null) put(row, value);
      else {
        nulls ??= new Uint8Array(rowCount);
        nulls[row] = 1;
      }
    }
  }
  return nulls;
}
