import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { canonicalRowBytes } from "@throughline/kernel";
import { type Column, openTables, type Row, type TableEngine } from "@throughline/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratchFiles } from "../store/scratch-files.ts";
import { type ExtractPlan, extract } from "./online-extract.ts";
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
  id: "layout",
  project: "p",
  source: "s",
  keyColumns: ["id"],
  keyTypes: ["int64" as const],
  latestColumns: ["n"],
  sumColumns: [],
  exactColumns: [],
  tiles: undefined,
};
/** Together several batches. */
const ROWS = 12_000;

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

/** The order of their bytes is not theirs. */
const IDS = [1n, -1n, 255n, 256n, 70_000n];

/** Rows of few entities, some of none, whose times often tie. */
const rowsOf = (dataVersion: number): readonly OnlineRow[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const knowledgeNs = BigInt((i * 7_919) % 997);
    const id = i % 13 === 0 ? null : (IDS[i % 5] ?? 0n);
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
    project: "p",
    source: "s",
    digest: fileDigest,
    sizeBytes: byteCount,
    rowCount: ROWS,
    skippedRowCount: 0,
    dataVersion,
    previousDataVersion: dataVersion - 1,
    eventTimeNs: undefined,
    loadedDigest: fileDigest,
    loadTimeMs: 1,
  };
}

async function rowsOfExtract(plan: ExtractPlan): Promise<readonly OnlineRow[]> {
  const found: OnlineRow[] = [];
  for await (const it of extract({ tables, blobs }, plan)) found.push(...it);
  return found;
}

/** What its getters say. */
const plainRow = ({ keys, eventNs, knowledgeNs, dataVersion, rowNumber, latest, summed, exact, tiled }: OnlineRow) => ({
  keys,
  eventNs,
  knowledgeNs,
  dataVersion,
  rowNumber,
  latest,
  summed,
  exact,
  tiled,
});

test("batches follow each other in the order of entity, knowledge time and place, from any row on", async () => {
  const written = [1, 2].map(rowsOf);
  const segments = await Promise.all(written.map((rows, i) => segmentOf(rows, i + 1)));
  const { signal } = new AbortController();
  await using scratch = await newScratch();
  const plan = { layout: LAYOUT, segments, order: "bytes" as const, scratch, signal };
  const known = written.flat().filter((it) => it.keys[0] !== null);
  const byTime = (a: OnlineRow, b: OnlineRow) => Number(a.knowledgeNs - b.knowledgeNs);
  const ids = IDS.toSorted((a, b) => Buffer.compare(canonicalRowBytes([a]), canonicalRowBytes([b])));
  const placeOf = new Map<unknown, number>(ids.map((it, i) => [it, i]));
  const place = ({ keys }: OnlineRow): number => placeOf.get(keys[0]) ?? 0;
  const expected = known.toSorted((a, b) => place(a) - place(b) || byTime(a, b));
  const all = await rowsOfExtract({ ...plan, from: 0 });
  expect(all.map(plainRow)).toEqual(expected);
  expect(all.map((it) => Buffer.from(it.encoded?.keys ?? []).toString("hex"))).toEqual(
    expected.map((it) => canonicalRowBytes(it.keys).toString("hex")),
  );
  const byValue = await rowsOfExtract({ ...plan, order: "values", from: 0 });
  expect(byValue.map(plainRow)).toEqual(
    known.toSorted((a, b) => Number(a.keys[0]) - Number(b.keys[0]) || byTime(a, b)),
  );
  const rest = await rowsOfExtract({ ...plan, from: expected.length - 3 });
  expect(rest.map((it) => it.rowNumber)).toEqual(expected.slice(-3).map((it) => it.rowNumber));
});
