import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "./scratch-tables.ts";
import type { Column, ColumnBatch, ColumnValues, Row, WrittenTable } from "./table.ts";

const COLUMNS: Column[] = [
  { name: "n", type: "int64" },
  { name: "x", type: "float64" },
  { name: "s", type: "string" },
  { name: "time", type: "timestamp" },
];
const ROWS = Array.from(
  { length: 25_000 },
  (_, i): Row => [
    BigInt((i * 7_919) % 25_007),
    i % 37 === 0 ? null : i / 3,
    i % 5 === 0 ? null : `ä${i}`,
    { ns: BigInt(i) },
  ],
);

let scratch: ScratchTables;
let table: WrittenTable;
beforeAll(async () => {
  scratch = await scratchTables();
  table = await scratch.write(COLUMNS, ROWS);
});
afterAll(() => scratch[Symbol.asyncDispose]());

const valueAt = (column: ColumnValues, row: number) => {
  if (!("numbers" in column)) return column.values[row];
  return column.nulls?.[row] ? null : column.numbers[row];
};
const rowsOf = ({ columns, rowCount }: ColumnBatch): readonly unknown[][] =>
  Array.from({ length: rowCount }, (_, row) => columns.map((it) => valueAt(it, row)));

async function read(sql: string): Promise<readonly ColumnBatch[]> {
  const batches: ColumnBatch[] = [];
  for await (const it of scratch.engine.queryColumns({ sql, inputs: { numbers: [table.path] } })) batches.push(it);
  return batches;
}

describe("a query by column", () => {
  test("gives all rows in its order, in several batches", async () => {
    const batches = await read("SELECT * FROM numbers ORDER BY n OFFSET 10");
    const expected = [...ROWS].sort((a, b) => Number(a[0]) - Number(b[0])).slice(10);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flatMap(rowsOf)).toEqual(expected);
  });

  test("says of numbers in which rows there is none, and nothing where all have one", async () => {
    const [batch] = await read("SELECT n, x FROM numbers");
    const [whole, real] = batch?.columns ?? [];
    expect(whole).toMatchObject({ type: "int64", nulls: undefined });
    expect(real && "nulls" in real && real.nulls?.slice(0, 38)).toEqual(
      Uint8Array.from({ length: 38 }, (_, i) => (i % 37 === 0 ? 1 : 0)),
    );
  });

  test("gives no batch of no rows, and fails for what is no query", async () => {
    expect(await read("SELECT * FROM numbers WHERE n < 0")).toEqual([]);
    await expect(read("SELECT nothing FROM numbers")).rejects.toMatchObject({ reason: "TABLE_BAD_QUERY" });
  });

  test("ends when its reader leaves, and leaves the engine free", async () => {
    const sql = "SELECT * FROM numbers";
    for await (const it of scratch.engine.queryColumns({ sql, inputs: { numbers: [table.path] } })) {
      expect(it.rowCount).toBeGreaterThan(0);
      break;
    }
    expect((await read("SELECT n FROM numbers LIMIT 1")).flatMap(rowsOf)).toHaveLength(1);
  });
});
