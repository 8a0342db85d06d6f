import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import { type Digest, DomainError, isDomainError, merkleTree } from "@throughline/kernel";
import type { Column, ColumnType, TableEngine, TableFile } from "@throughline/tables";
import { tableInvalid } from "../domain/errors.ts";
import { bytesOf, digestOf, rootOf } from "../domain/merkle-proof.ts";
import type { ReadTable, TableReader } from "../domain/table-reader.ts";

/** What reads tables. */
export interface TableReaderParts {
  readonly blobs: BlobStore;
  readonly tables: TableEngine;
  /** An absolute path of a folder for files in between. One process at a time uses it. */
  readonly scratchDir: string;
}

const HASH_BYTES = 32;
/** Rows of a block: a proof reads the digests of one block and the roots of all, about as many for a million rows. */
const BLOCK_ROWS = 1_024;
const PARQUET_MAGIC = "PAR1";
/** As much of a file is looked at for the line that names the columns. */
const HEADING_BYTES_MAX = 64 * 1024;
/** A column of a CSV file whose values are not of the guessed type is read as the next type that holds more. */
const WIDER: Readonly<Partial<Record<ColumnType, ColumnType>>> = {
  int64: "float64",
  float64: "string",
  bool: "string",
  timestamp: "string",
};
/** Failures that are about the file, and not about the engine. */
const OF_THE_FILE = [
  ...["TABLE_FILE_UNREADABLE", "TABLE_TYPE_UNSUPPORTED", "TABLE_BAD_VALUE", "TABLE_BAD_CSV", "TABLE_VALUE_RANGE"],
  ...["TABLE_BAD_PLAN", "TABLE_COLUMN_UNKNOWN"],
];

/** What the engine says of bytes that look like a table and make no sense further on, as it says it of bugs. */
const DAMAGED =
  /^the table process failed: (?:Invalid|Invalid Input|IO|Serialization|Out of Range|Not implemented|Parser) Error/;

/**
 * Reads tables with the table engine. What is kept about the rows is one object: the digest of each row, 32 bytes, and
 * after them the root of each block of 1,024 rows.
 */
export async function openTableReader({ blobs, tables, scratchDir }: TableReaderParts): Promise<TableReader> {
  // What a process left that was ended.
  await rm(scratchDir, { recursive: true, force: true });
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  const indexed = async (path: string, signal: AbortSignal) => {
    const hashing = rowHashing();
    const { digest: rowIndex } = await blobs.put(hashing.bytes(tables.rowDigests({ segments: [path] }, { signal })));
    return { rowIndex, ...hashing.result() };
  };
  const read = async (path: string, signal: AbortSignal): Promise<ReadTable> => {
    if (await isParquet(path)) {
      const columns = await columnsOf(tables, { path, format: "parquet" }, signal);
      return { columns, ...(await indexed(path, signal)) };
    }
    const folder = await mkdtemp(join(scratchDir, "dataset-"));
    try {
      const output = join(folder, "rows.parquet");
      await convertCsv(tables, { path, output }, signal);
      const columns = await columnsOf(tables, { path: output, format: "parquet" }, signal);
      return { columns, ...(await indexed(output, signal)) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return {
    blockRows: BLOCK_ROWS,
    async read(file, signal) {
      const path = await blobs.localFile(file);
      try {
        return await read(path, signal);
      } catch (error) {
        throw aboutFile(error, { file, path });
      }
    },
    async findRow({ rowIndex, rowCount }, digest) {
      const wanted = bytesOf(digest);
      const end = rowCount * HASH_BYTES - 1;
      if (rowCount === 0) return undefined;
      let row = 0;
      const pieces = createReadStream(await blobs.localFile(rowIndex), { end, highWaterMark: HASH_BYTES * 32_768 });
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        for (let at = piece.indexOf(wanted); at >= 0; at = piece.indexOf(wanted, at + 1))
          if (at % HASH_BYTES === 0) return row + at / HASH_BYTES;
        row += piece.length / HASH_BYTES;
      }
      return undefined;
    },
    async surroundings(index, rowNumber) {
      const { rowIndex, rowCount } = index;
      const firstRow = Math.floor(rowNumber / BLOCK_ROWS) * BLOCK_ROWS;
      const path = await blobs.localFile(rowIndex);
      const [rows, blocks] = await Promise.all([
        hashesAt(path, firstRow, Math.min(BLOCK_ROWS, rowCount - firstRow)),
        hashesAt(path, rowCount, Math.ceil(rowCount / BLOCK_ROWS)),
      ]);
      return { rows, firstRow, blocks };
    },
  };
}

/** Turns the digests of rows into the bytes of the index, and computes the identity on the way. */
function rowHashing() {
  const blocks: Buffer[] = [];
  let [rowCount, block] = [0, merkleTree()];
  const endBlock = (): void => {
    blocks.push(bytesOf(block.root()));
    block = merkleTree();
  };
  return {
    async *bytes(batches: AsyncIterable<readonly Digest[]>): AsyncGenerator<Uint8Array> {
      for await (const batch of batches) {
        const bytes = Buffer.alloc(batch.length * HASH_BYTES);
        batch.forEach((digest, i) => {
          bytes.set(bytesOf(digest), i * HASH_BYTES);
          block.add(digest);
          if (block.count() === BLOCK_ROWS) endBlock();
        });
        rowCount += batch.length;
        yield bytes;
      }
      if (block.count() > 0) endBlock();
      yield Buffer.concat(blocks);
    },
    result: (): Pick<ReadTable, "rowCount" | "digest"> => ({ rowCount, digest: digestOf(rootOf(blocks)) }),
  };
}

async function columnsOf(tables: TableEngine, file: TableFile, signal: AbortSignal): Promise<ReadTable["columns"]> {
  const { columns } = await tables.inspect(file, { signal });
  return columns.map(({ name, nativeType }) => ({ name, type: nativeType }));
}

/** The types of a CSV file are guessed from its first rows: where a later row shows that one is wrong, it is widened. */
async function convertCsv(
  tables: TableEngine,
  { path, output }: { readonly path: string; readonly output: string },
  signal: AbortSignal,
): Promise<void> {
  const input: TableFile = { path, format: "csv" };
  await checkHeading(path);
  const shape = await tables.inspect(input, { signal });
  let columns: readonly Column[] = shape.columns.map(({ name, type }) => ({ name, type: type ?? "string" }));
  for (;;) {
    try {
      await tables.convert({ input, columns, output }, { signal });
      return;
    } catch (error) {
      if (!isDomainError(error, "TABLE_BAD_VALUE")) throw error;
      const at = columns.findIndex((it) => it.name === error.metadata["column"]);
      const before = columns[at];
      const type = before && WIDER[before.type];
      if (before === undefined || type === undefined) throw error;
      columns = columns.with(at, { name: before.name, type });
    }
  }
}

/** Fails with TABLE_BAD_CSV for what is no heading: nothing at all, or bytes that no text has. */
async function checkHeading(path: string): Promise<void> {
  const start = await startOf(path, HEADING_BYTES_MAX);
  const end = start.indexOf("\n");
  const heading = end < 0 ? start : start.subarray(0, end);
  if (heading.length === 0 || heading.includes(0))
    throw new DomainError("invalid", "TABLE_BAD_CSV", "the first line does not name the columns");
}

async function isParquet(path: string): Promise<boolean> {
  return (await startOf(path, PARQUET_MAGIC.length)).toString("latin1") === PARQUET_MAGIC;
}

async function startOf(path: string, bytesMax: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesMax), 0, bytesMax, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function hashesAt(path: string, first: number, count: number): Promise<readonly Buffer[]> {
  const file = await open(path);
  try {
    const length = count * HASH_BYTES;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, first * HASH_BYTES);
    return Array.from({ length: count }, (_, i) => buffer.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  } finally {
    await file.close();
  }
}

/** TABLE_INVALID for what is wrong with the file, and other failures as they are. */
function aboutFile(error: unknown, { file, path }: { readonly file: Digest; readonly path: string }): unknown {
  if (isDomainError(error))
    return OF_THE_FILE.includes(error.reason) ? tableInvalid(file, withoutPath(error, path)) : error;
  if (!(error instanceof Error) || !DAMAGED.test(error.message)) return error;
  return tableInvalid(
    file,
    new DomainError("invalid", "TABLE_FILE_UNREADABLE", "its bytes are damaged", { cause: error }),
  );
}

/** Callers have no business with places on this machine. */
function withoutPath(error: DomainError, path: string): DomainError {
  const metadata = Object.entries(error.metadata).filter(([key]) => key !== "path");
  return new DomainError(error.kind, error.reason, error.message.replaceAll(path, "the file"), {
    metadata: Object.fromEntries(metadata),
  });
}
