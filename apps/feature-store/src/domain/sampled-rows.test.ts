import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sampledRows } from "@throughline/selection";
import { openTables, type Row, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratchFiles } from "../store/scratch-files.ts";
import { openSample } from "./sampled-rows.ts";

let folder: string;
let tables: TableEngine;
let file = "";
/** More than fit into one row group of a file, so that groups could be read out of order. */
const ROWS = 125_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sampled-rows-"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 2, processes: 2 });
  const columns = [
    { name: "n", type: "int64" },
    { name: 'a "quoted" name', type: "string" },
  ] as const;
  const rows = Array.from({ length: ROWS }, (_, i): Row => [BigInt(i), i % 3 === 0 ? null : `text ${i}`]);
  file = (await tables.importRows({ columns, output: join(folder, "rows.parquet") }, rows)).path;
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

async function read(rowsMax: number, seed: number, rowCount = ROWS): Promise<readonly Row[]> {
  const newScratch = await scratchFiles(join(folder, "scratch"));
  await using scratch = await newScratch();
  const columns = ['a "quoted" name', "n"];
  const { signal } = new AbortController();
  const found: Row[] = [];
  const sample = { file, rowCount, columns, rowsMax, seed, scratch, signal };
  const opened = await openSample(tables, sample);
  for await (const rows of opened.read()) found.push(...rows);
  const again: Row[] = [];
  for await (const rows of opened.read()) again.push(...rows);
  expect([found.length, again]).toEqual([opened.rowCount, found]);
  return found;
}

test("the rows that the seed draws are read in their order, whatever the file's groups", async () => {
  const found = await read(4_000, 11);
  const drawn = sampledRows(ROWS, 4_000, 11);
  expect(found.length).toBe(4_000);
  expect(found.map((it) => Number(it[1]))).toEqual([...drawn]);
  expect(found.every(([text, n]) => text === (Number(n) % 3 === 0 ? null : `text ${n}`))).toBe(true);
  expect(await read(4_000, 11)).toEqual(found);
  expect(await read(4_000, 12)).not.toEqual(found);
});

test("a table with no more rows than asked for is read as a whole", async () => {
  const found = await read(100, 1, 100);
  expect(found.map((it) => Number(it[1]))).toEqual(Array.from({ length: 100 }, (_, i) => i));
});
