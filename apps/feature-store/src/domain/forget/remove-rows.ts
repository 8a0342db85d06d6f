import { merkleTree, rowDigest } from "@throughline/kernel";
import type { WrittenTable } from "@throughline/tables";
import type { LoadDeps } from "../load-source.ts";
import { digestedColumns } from "../rewrite-files.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { TimeRange } from "../segment.ts";
import { quoted, wholeRows } from "../segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "../source.ts";
import type { KeptFile, Replacement } from "./forget-log.ts";
import { forgetBroken } from "./forgetting.ts";
import type { RowMatch } from "./matching.ts";

/** What writing files anew needs. */
export type RemoveDeps = Pick<LoadDeps, "tables" | "blobs">;

/** Files to write anew, each with rows that match. */
export interface Removal {
  readonly source: Source;
  readonly files: readonly KeptFile[];
  readonly match: RowMatch;
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** Files without the rows, and what is left of those. */
export interface Removed {
  readonly replacements: readonly Replacement[];
  /** A file with the digest of each removed row, the file that it was in, and its place there. */
  readonly tombstones: WrittenTable;
}

/** The place of a row in its file. No column of a source begins so. */
const POSITION = "__position";
/** Rows in memory at a time. */
const PAGE_ROWS = 20_000;

/**
 * Writes files anew without the rows that match, and stores them. Each is proven: the digests of the rows that were written are
 * those of the rows that were read, in their order, but for the removed ones, whose digests are the tombstones.
 */
export async function removeRows(deps: RemoveDeps, removal: Removal): Promise<Removed> {
  const { scratch, signal } = removal;
  const replacements: Replacement[] = [];
  const pieces: string[] = [];
  // The same bytes stand at several data versions if a file was loaded twice.
  const done = new Map<string, Omit<Replacement, "file">>();
  for (const [i, file] of removal.files.entries()) {
    const known = done.get(file.digest);
    const made = known ?? (await removeFrom(deps, removal, { file, name: `file-${i}`, pieces }));
    done.set(file.digest, made);
    replacements.push({ ...made, file });
  }
  const output = scratch.path("tombstones.parquet");
  const plan = { sql: "SELECT * FROM pieces", inputs: { pieces }, output };
  return { replacements, tombstones: await deps.tables.writeQuery(plan, { signal }) };
}

interface One {
  readonly file: KeptFile;
  /** Of files in between. */
  readonly name: string;
  /** Files with tombstones, of which more are added. */
  readonly pieces: string[];
}

async function removeFrom(deps: RemoveDeps, removal: Removal, one: One): Promise<Omit<Replacement, "file">> {
  const { tables, blobs } = deps;
  const { source, match, scratch, signal } = removal;
  const path = await blobs.localFile(one.file.digest);
  const inputs = { file: [path] };
  const { parameters } = match;
  const [own, rows] = [ownColumns(one.file), wholeRows("file", one.file)];
  const removed = await tables.writeQuery(
    {
      parameters,
      inputs,
      output: scratch.path(`${one.name}-removed.parquet`),
      sql: `SELECT ${own} FROM (SELECT *, row_number() OVER () - 1 AS ${quoted(POSITION)} FROM ${rows}) WHERE ${match.sql}`,
    },
    { signal },
  );
  const kept = await tables.writeQuery(
    {
      parameters,
      inputs,
      output: scratch.path(`${one.name}-kept.parquet`),
      sql: `SELECT ${own} FROM ${rows} WHERE NOT ${match.sql}`,
    },
    { signal },
  );
  const columns = await digestedColumns(deps, path);
  const positions = await tombstones(deps, removal, { ...one, removed, columns });
  const rowsDigest = await proven(deps, source, { path, columns, kept, removed, positions, signal });
  await blobs.put(scratch.content(kept.path), { expectedDigest: kept.fileDigest });
  return {
    digest: kept.fileDigest,
    sizeBytes: kept.byteCount,
    rowCount: kept.rowCount,
    rowsDigest,
    removedRows: removed.rowCount,
    ...(await timesOf(deps, kept, signal)),
  };
}

/** SQL of the columns that a file has: what it lacks is looked at, and not written. */
const ownColumns = ({ lacks = [] }: KeptFile): string =>
  lacks.length === 0 ? "*" : `* EXCLUDE (${lacks.map((it) => quoted(it.name)).join(", ")})`;

/** Writes down the digest of each removed row; returns their places. */
async function tombstones(
  { tables }: RemoveDeps,
  { scratch, signal }: Removal,
  { file, name, pieces, removed, columns: digested }: One & Pick<Proof, "removed" | "columns">,
): Promise<readonly number[]> {
  const columns = [
    { name: "file", type: "string" as const },
    { name: "position", type: "int64" as const },
    { name: "row_digest", type: "string" as const },
  ];
  const names = [...digested, POSITION];
  const positions: number[] = [];
  for (let offset = 0; offset < removed.rowCount; offset += PAGE_ROWS) {
    const reading = { segments: [removed.path], columns: names, offset, limit: PAGE_ROWS };
    const { rows } = await tables.readRows(reading, { signal });
    const output = scratch.path(`${name}-tombstones-${offset}.parquet`);
    const told = rows.map((row) => [file.digest, row.at(-1) as bigint, rowDigest(row.slice(0, -1))] as const);
    await tables.importRows({ columns, output }, told, { signal });
    pieces.push(output);
    for (const [, position] of told) positions.push(Number(position));
  }
  return positions;
}

interface Proof {
  readonly path: string;
  readonly columns: readonly string[];
  readonly kept: WrittenTable;
  readonly removed: WrittenTable;
  readonly positions: readonly number[];
  readonly signal: AbortSignal;
}

/** One pass over the rows that were read gives the roots of those that stay and of those that go. Fails with FORGET_BROKEN. */
async function proven(
  { tables }: RemoveDeps,
  source: Source,
  { path, columns, kept, removed, positions, signal }: Proof,
): Promise<Replacement["rowsDigest"]> {
  const [stay, go] = [merkleTree(), merkleTree()];
  let [position, next] = [0, 0];
  for await (const digests of tables.rowDigests({ segments: [path], columns }, { signal })) {
    for (const digest of digests) {
      const goes = positions[next] === position;
      (goes ? go : stay).add(digest);
      if (goes) next += 1;
      position += 1;
    }
  }
  const identityOf = (of: WrittenTable) => tables.rowsIdentity({ segments: [of.path], columns }, { signal });
  const [left, gone] = [await identityOf(kept), await identityOf(removed)];
  const isWhole = stay.count() === left.rowCount && go.count() === gone.rowCount;
  if (!isWhole || stay.root() !== left.merkleRoot || go.root() !== gone.merkleRoot) throw forgetBroken(source.id);
  return left.merkleRoot;
}

/** When the rows that are left happened and were known. */
async function timesOf(
  { tables }: RemoveDeps,
  { path }: WrittenTable,
  signal: AbortSignal,
): Promise<Pick<Replacement, "eventTimeNs" | "knowledgeTimeNs">> {
  const ns = (name: string): string => `epoch_ns(${quoted(name)})`;
  const columns = [SEGMENT_COLUMNS.eventTime, SEGMENT_COLUMNS.knowledgeTime].flatMap((it) => [
    `min(${ns(it)})`,
    `max(${ns(it)})`,
  ]);
  const plan = { sql: `SELECT ${columns.join(", ")} FROM file`, inputs: { file: [path] }, rowsMax: 1 };
  const [eventMin, eventMax, knownMin, knownMax] = (await tables.query(plan, { signal })).rows[0] ?? [];
  const range = (least: unknown, most: unknown): TimeRange | undefined =>
    typeof least === "bigint" && typeof most === "bigint" ? { least, most } : undefined;
  return { eventTimeNs: range(eventMin, eventMax), knowledgeTimeNs: range(knownMin, knownMax) };
}
