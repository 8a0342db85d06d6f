import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { type Column, openTables, type Row, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratchFiles } from "../store/scratch-files.ts";
import { openExtract } from "./online-extract.ts";
import type { OnlineRow } from "./online-rows.ts";
import type { NewScratch } from "./scratch.ts";
import type { Segment } from "./segment.ts";
import { SEGMENT_COLUMNS } from "./source.ts";

const COLUMNS: readonly Column[] = [
  { name: "id", type: "int64" },
  { name: "n", type: "float64" },
  { name: SEGMENT_COLUMNS.eventTime, type: "timestamp" },
  { name: SEGMENT_COLUMNS.knowledgeTime, type: "timestamp" },
  { name: SEGMENT_COLUMNS.rowNumber, type: "int64" },
];
const LAYOUT = {
  ...{ id: "layout", project: "p", source: "s" },
  ...{ keyColumns: ["id"], latestColumns: ["n"], sumColumns: [], exactColumns: [], tiles: undefined },
};
/** Together more than one page. */
const ROWS = 40_000;

let folder: string;
let blobs: BlobStore;
let tables: TableEngine;
let newScratch: NewScratch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "online-extract-"));
  blobs = await fileBlobStore(join(folder, "blobs"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 2, processes: 1 });
  newScratch = await scratchFiles(join(folder, "scratch"));
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

/** Rows of few entities, some of none, whose times often tie. */
const rowsOf = (dataVersion: number): readonly OnlineRow[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const knowledgeNs = BigInt((i * 7_919) % 997);
    const id = i % 13 === 0 ? null : BigInt(i % 5);
    return {
      keys: [id],
      eventNs: knowledgeNs - 1n,
      knowledgeNs,
      dataVersion,
      rowNumber: i,
      latest: [i / 2],
      summed: [],
      exact: [],
      tiled: [],
    };
  });

async function segmentOf(rows: readonly OnlineRow[], dataVersion: number): Promise<Segment> {
  const output = join(folder, `segment-${dataVersion}.parquet`);
  const values = rows.map((it): Row => {
    const times = [{ ns: it.eventNs }, { ns: it.knowledgeNs }];
    return [...it.keys, ...it.latest, ...times, BigInt(it.rowNumber)];
  });
  const { fileDigest, byteCount } = await tables.importRows({ columns: COLUMNS, output }, values);
  await blobs.put(createReadStream(output), { expectedDigest: fileDigest });
  return {
    ...{ project: "p", source: "s", digest: fileDigest, sizeBytes: byteCount, rowCount: ROWS, skippedRowCount: 0 },
    ...{ dataVersion, previousDataVersion: dataVersion - 1, eventTimeNs: undefined },
    ...{ loadedDigest: fileDigest, loadTimeMs: 1 },
  };
}

test("pages follow each other in the order of entity, knowledge time and place, from any row on", async () => {
  await using scratch = await newScratch();
  const written = [1, 2].map(rowsOf);
  const segments = await Promise.all(written.map((rows, i) => segmentOf(rows, i + 1)));
  const { signal } = new AbortController();
  const extract = await openExtract({ tables, blobs }, { layout: LAYOUT, segments, scratch, signal });
  const expected = written
    .flat()
    .filter((it) => it.keys[0] !== null)
    .sort((a, b) => Number(a.keys[0]) - Number(b.keys[0]) || Number(a.knowledgeNs - b.knowledgeNs));
  const found: OnlineRow[] = [];
  for (let page = await extract.rows(0); page.length > 0; page = await extract.rows(found.length)) found.push(...page);
  expect(extract.rowCount).toBe(expected.length);
  expect(found).toEqual(expected);
  expect((await extract.rows(expected.length - 3)).map((it) => it.rowNumber)).toEqual(
    expected.slice(-3).map((it) => it.rowNumber),
  );
});
