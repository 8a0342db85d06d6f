import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScratchTables, scratchTables } from "../scratch-tables.ts";
import type { Row } from "../table.ts";

let scratch: ScratchTables;
beforeAll(async () => {
  scratch = await scratchTables();
});
afterAll(() => scratch[Symbol.asyncDispose]());

test("any bytes that repeat in a column are found again, by a comparison and by a join", async () => {
  const values = [Buffer.of(0xff), Buffer.of(0, 0x80), Buffer.from("a"), Buffer.of()];
  const rows = Array.from({ length: 40 }, (_, i): Row => [values[i % values.length] ?? null]);
  const { path } = await scratch.write([{ name: "key", type: "bytes" }], rows);
  for (const key of values) {
    const parameters = { key };
    const compared = { sql: "SELECT count(*) FROM files WHERE key = $key", parameters, inputs: { files: [path] } };
    expect((await scratch.engine.query({ ...compared, rowsMax: 1 })).rows).toEqual([[10n]]);
    const sql = "SELECT count(*) FROM files JOIN (SELECT $key AS wanted) ON key = wanted";
    expect((await scratch.engine.query({ ...compared, sql, rowsMax: 1 })).rows).toEqual([[10n]]);
  }
});
