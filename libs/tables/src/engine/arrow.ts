import { makeData, RecordBatch, RecordBatchReader, Schema, Struct, Table, tableToIPC } from "apache-arrow";
import { badArrow } from "../errors.ts";
import type { OutputPlan, RowsPlan } from "../port.ts";
import type { Column, Row, WrittenTable } from "../table.ts";
import { arrowData, arrowField, columnOf, valueReader } from "./arrow-columns.ts";
import { checkColumns, rowsTable } from "./import-rows.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { selected } from "./query.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import { openSession } from "./session.ts";
import { partialPath, writeTable } from "./write-table.ts";

/** Rows in one record batch of a stream that is given out. */
const BATCH_ROWS = 16_384;

/** The end-of-stream marker of the Arrow IPC stream format: a continuation, and a length of 0. */
const END_OF_STREAM = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** See TableEngine.toArrow. */
export async function toArrow(plan: RowsPlan, context: JobContext): Promise<undefined> {
  await using session = await openSession(context, { reads: plan.segments, writes: [] });
  const { columns, select } = await selected(session, plan);
  const schema = new Schema(columns.map(arrowField));
  const streamOf = (rows: readonly Row[]): Uint8Array =>
    tableToIPC(new Table(schema, [batchOf(schema, columns, rows)]), "stream");
  // The library writes whole streams. Each begins with the same schema message, whose length it states, and ends with the
  // same marker; between them are the batches, which are given out one by one.
  const empty = streamOf([]);
  const schemaLength = 8 + new DataView(empty.buffer, empty.byteOffset).getInt32(4, true);
  await context.output(empty.slice(0, schemaLength));
  const giveOut = async (rows: readonly Row[]): Promise<void> => {
    const stream = streamOf(rows);
    await context.output(stream.slice(schemaLength, stream.length - END_OF_STREAM.length));
    await breathe(context);
  };
  let waiting: Row[] = [];
  for await (const chunk of chunksOf(await session.stream(select))) {
    waiting.push(...chunkRows(chunk));
    if (waiting.length >= BATCH_ROWS) {
      await giveOut(waiting);
      waiting = [];
    }
  }
  if (waiting.length > 0) await giveOut(waiting);
  await context.output(END_OF_STREAM);
  return undefined;
}

function batchOf(schema: Schema, columns: readonly Column[], rows: readonly Row[]): RecordBatch {
  const children = columns.map((column, i) =>
    arrowData(
      column.type,
      rows.map((row) => row[i] ?? null),
    ),
  );
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children }),
  );
}

/** How many rows go to DuckDB at once. */
const APPEND_ROWS = 2_048;

/** See TableEngine.fromArrow. */
export async function fromArrow(plan: OutputPlan, context: JobContext): Promise<WrittenTable> {
  const { output } = plan;
  await using session = await openSession(context, { reads: [], writes: [partialPath(output, context)] });
  const reader = await readable(() => RecordBatchReader.from(pieces(context)).then((it) => it.open()));
  const columns = reader.schema?.fields.map(columnOf) ?? [];
  checkColumns(columns);
  const table = await rowsTable(session, columns);
  for (let next = await readable(() => reader.next()); !next.done; next = await readable(() => reader.next())) {
    const batch: RecordBatch = next.value;
    const readers = columns.map((_, i) => valueReader(batch.data.children[i]));
    for (let start = 0; start < batch.numRows; start += APPEND_ROWS) {
      const length = Math.min(APPEND_ROWS, batch.numRows - start);
      table.append(Array.from({ length }, (_, i) => readers.map((at) => at(start + i))));
    }
    await breathe(context);
  }
  table.end();
  return await writeTable(session, { select: table.select, output, columns }, context);
}

async function* pieces(context: JobContext): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = await context.pull(); piece !== undefined; piece = await context.pull()) yield piece as Uint8Array;
}

/** What the Arrow library throws while it decodes is the stream's fault. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badArrow(error instanceof Error ? error.message : String(error));
  }
}
