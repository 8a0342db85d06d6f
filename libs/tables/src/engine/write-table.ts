import { createReadStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Digest, streamingDigest } from "@throughline/kernel";
import type { Column, WrittenTable } from "../table.ts";
import type { JobContext } from "./job-context.ts";
import type { Session } from "./session.ts";
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
export async function writeInOneThread(
  session: Session,
  { select, output, columns }: NewTable,
  context: JobContext,
): Promise<WrittenTable> {
  const partial = partialPath(output, context);
  const [rowCount] = await session.one(
    `COPY (${select}) TO ${literal(partial)}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880, PARQUET_VERSION v1, USE_TMP_FILE false)`,
  );
  await flush(partial);
  const fileDigest = await digestOfFile(partial);
  const { size } = await stat(partial);
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
