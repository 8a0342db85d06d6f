import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { digestOfJson, isDomainError } from "@throughline/kernel";
import { openTables, type Row, type TableEngine } from "@throughline/tables";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { scratchFiles } from "../store/scratch-files.ts";
import { writeSegment } from "./load-source.ts";
import { checkLoadedRows, writeLoadedRows } from "./loaded-rows.ts";
import type { NewScratch } from "./scratch.ts";
import type { KnowledgeTime, Source } from "./source.ts";

const { signal } = new AbortController();
const NS_MAX = 2n ** 63n - 1n;

let folder: string;
let blobs: BlobStore;
let tables: TableEngine;
let newScratch: NewScratch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loaded-rows-"));
  blobs = await fileBlobStore(join(folder, "blobs"));
  tables = await openTables({ dataDir: join(folder, "tables"), memoryLimitMiB: 256, threads: 2, processes: 1 });
  newScratch = await scratchFiles(join(folder, "scratch"));
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

const sourceOf = (knowledgeTime: KnowledgeTime, skipRowsWithoutTime: boolean): Source => ({
  project: "p",
  id: "s",
  digest: digestOfJson("s"),
  createTimeMs: 1,
  rowCount: 0,
  dataVersion: 0,
  description: "",
  columns: [
    { name: 'the "value"', type: "string", description: "" },
    { name: "happened", type: "timestamp", description: "" },
    { name: "known", type: "timestamp", description: "" },
  ],
  eventTimeColumn: "happened",
  knowledgeTime,
  skipRowsWithoutTime,
});

/** What became of rows, by push or by load: the segment's facts and digest, or the error. */
async function outcome(work: () => Promise<object>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { reason: error.reason, message: error.message, metadata: error.metadata };
  }
}

const pushed = (source: Source, rows: readonly Row[]) =>
  outcome(async () => {
    await using scratch = await newScratch();
    const deps = { tables, blobs, clock: { now: () => 1 } };
    const { written } = await writeSegment(deps, source, { rows, scratch, signal });
    const { digest, rowCount, skippedRowCount, eventTimeNs, knowledgeTimeNs } = written;
    return { digest, rowCount, skippedRowCount, eventTimeNs, ...(knowledgeTimeNs && { knowledgeTimeNs }) };
  });

const loaded = (source: Source, rows: readonly Row[]) =>
  outcome(async () => {
    await using scratch = await newScratch();
    const columns = source.columns.map(({ name, type }) => ({ name, type }));
    const file = await tables.importRows({ columns, output: scratch.path("loaded.parquet") }, rows);
    const taken = await checkLoadedRows(tables, { source, file, signal });
    const written = await writeLoadedRows(
      tables,
      { source, file, signal },
      { output: scratch.path("segment.parquet"), signal },
    );
    expect(written.rowCount).toBe(taken.rowCount);
    return { digest: written.fileDigest, ...taken };
  });

const time = (least: bigint, most: bigint) => fc.bigInt(least, most).map((ns) => ({ ns }));
const happened = fc.oneof(
  { arbitrary: time(0n, 50n), weight: 8 },
  { arbitrary: time(-3n, 3n), weight: 1 },
  { arbitrary: time(NS_MAX - 3n, NS_MAX), weight: 1 },
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 12 });
const knowledge: fc.Arbitrary<KnowledgeTime> = fc.oneof(
  fc.constant<KnowledgeTime>({ kind: "column", column: "known" }),
  fc.constantFrom(0n, 1n, 2n, 10n ** 30n).map((delayNs): KnowledgeTime => ({ kind: "delay", delayNs })),
);
// Most rows are known in time, so that many cases come through.
const row = fc
  .tuple(orNull(fc.string()), orNull(happened), orNull(time(0n, 1_000n)), fc.boolean())
  .map(([value, event, known, late]): Row => {
    const after = event && known && event.ns < NS_MAX - 1_000n ? { ns: event.ns + known.ns } : known && event;
    return [value, event, late ? after : known && { ns: known.ns + 60n }];
  });

const last = ["the last nanosecond", { ns: NS_MAX - 1n }, null] as const;
const examples: [Row[], KnowledgeTime, boolean][] = [
  [[last], { kind: "delay", delayNs: 1n }, false],
  [[last], { kind: "delay", delayNs: 2n }, false],
];

test("a load and a push of the same rows give the same segment, or fail alike", async () => {
  const kept = { segments: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), knowledge, fc.boolean(), async (rows, how, skips) => {
      const source = sourceOf(how, skips);
      const [first, second] = [await pushed(source, rows), await loaded(source, rows)];
      expect(second).toEqual(first);
      kept[typeof first === "object" && first !== null && "reason" in first ? "refused" : "segments"] += 1;
    }),
    { numRuns: 40, examples },
  );
  expect(Math.min(kept.segments, kept.refused)).toBeGreaterThan(3);
});
