import { createReadStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Digest, streamingDigest } from "@throughline/kernel";
import type { Column, WrittenTable } from "../table.ts";
import type { JobContext } from "./job-context.ts";
import { prepareSession, type Session } from "./session.ts";
import { literal } from "./sql.ts";

/** The unfinished file that a job writes before it gets its name. */
export const partialPath = (output: string, context: JobContext): string => output + context.limits.partialSuffix;

/** What to write where. */
export interface NewTable {
  readonly select: string;
  readonly output: string;
  readonly columns: readonly Column[];
}

/**
 * How many rows a row group has. DuckDB sorts into runs of 122,880 rows, which it hands on in pieces of 2,048; a row group
 * that divides the run and is divided by the piece is cut at the same rows however many threads write.
 */
const ROW_GROUP_ROWS = 40_960;

/**
 * DuckDB 1.5.5 looks up bytes beyond ASCII, and zeros with a sign, under another name than it wrote them: a comparison with
 * such a value, and a join by such a key, would pass over row groups that have it (duckdb/duckdb#24994, mended by #23829).
 */
const WITHOUT_BLOOM_FILTERS = "WRITE_BLOOM_FILTER false";

/**
 * Writes what `select` gives as a Parquet file, and gives it its name when it is whole and on the disk.
 *
 * One thread and fixed row groups, so that the bytes depend on the rows alone and not on how many threads the machine
 * has or which of them was first.
 */
export async function writeTable(session: Session, table: NewTable, context: JobContext): Promise<WrittenTable> {
  await useOneThread(session);
  return await writeInOneThread(session, table, context);
}

/** Statements from here on run on one thread. */
export const useOneThread = async (session: Session): Promise<void> => {
  await session.run("SET threads = 1");
};

/** The same for a session that uses one thread already, and whose settings may be locked. */
export const writeInOneThread = (session: Session, table: NewTable, context: JobContext): Promise<WrittenTable> =>
  write(session, table, context);

/**
 * The same with all threads, for a `select` that ends in an ORDER BY without ties. The bytes are those that one thread
 * writes: the sort alone decides where a row group begins, and row groups are encoded apart and written in order.
 */
export const writeOrdered = (session: Session, table: NewTable, context: JobContext): Promise<WrittenTable> =>
  write(session, table, context);

async function write(
  session: Session,
  { select, output, columns }: NewTable,
  context: JobContext,
): Promise<WrittenTable> {
  const partial = partialPath(output, context);
  const [rowCount] = await session.one(
    `COPY (${select}) TO ${literal(partial)}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, PARQUET_VERSION v1, ${WITHOUT_BLOOM_FILTERS}, USE_TMP_FILE false)`,
  );
  prepareSession();
  const [fileDigest, { size }] = await Promise.all([digestOfFile(partial), stat(partial), flush(partial)]);
  await rename(partial, output);
  await flush(dirname(output));
  return { path: output, columns, rowCount: Number(rowCount), byteCount: size, fileDigest };
}

/** SHA-256 of a file. */
export async function digestOfFile(path: string): Promise<Digest> {
  const digest = streamingDigest();
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(bytes as Buffer);
  return digest.digest();
}

async function flush(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}
