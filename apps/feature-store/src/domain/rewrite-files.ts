import type { BlobStore } from "@throughline/blobs";
import { type Digest, merkleTree } from "@throughline/kernel";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import { type CompactedPart, later, type NewCompactedFile } from "./data-version.ts";
import { compactionBroken } from "./errors.ts";
import type { ScratchFiles } from "./scratch.ts";
import type { DataFile } from "./segment.ts";
import { COMPACTED_ROW, compactedRowNumber, quoted, wholeRows } from "./segment-query.ts";
import { SEGMENT_COLUMNS, type Source } from "./source.ts";

/** What writing compacted files needs. */
export interface RewriteDeps {
  readonly tables: TableEngine;
  /** The engine of a project, for digests. */
  tablesOf(project: string): TableEngine;
  readonly blobs: Pick<BlobStore, "localFile" | "put">;
}

/** A part of a file: the rows of its data versions from `first` to `last`, without those of `without`. */
export interface Piece {
  readonly file: DataFile;
  readonly first: number;
  readonly last: number;
  readonly without: ReadonlySet<number>;
}

/** Pieces that become one file, in the order of their data versions. */
export interface RewritePlan {
  readonly source: Source;
  readonly pieces: readonly Piece[];
  readonly scratch: ScratchFiles;
  readonly signal: AbortSignal;
}

/** The whole of a file as a piece. */
export const wholeOf = (file: DataFile): Piece => ({ file, first: file.first, last: file.last, without: new Set() });

/**
 * Writes pieces as one compacted file, and stores it. The file is proven to hold the rows of the pieces, each once and in
 * their order: the Merkle root over the rows that were read is the one over the rows that were written. Undefined if
 * no row is left.
 */
export async function writeCompacted(deps: RewriteDeps, plan: RewritePlan): Promise<NewCompactedFile | undefined> {
  const { source, pieces, scratch, signal } = plan;
  const widest = widestOf(pieces);
  const columns = await digestedColumns(deps, await deps.blobs.localFile(widest.digest));
  const files: PieceFile[] = [];
  for (const [i, piece] of pieces.entries()) {
    const isNarrow = widthOf(piece.file) < widthOf(widest);
    files.push(await pieceFile(deps, plan, { piece, name: `piece-${i}`, isNarrow, columns }));
  }
  const { parts, rowsDigest } = await partsOf(deps, plan, { files, columns });
  const rowCount = parts.reduce((sum, it) => sum + it.rowCount, 0);
  if (rowCount === 0) return undefined;
  const table = await merged(deps, plan, files);
  const written = await deps.tablesOf(source.project).rowsIdentity({ segments: [table.path], columns }, { signal });
  if (written.merkleRoot !== rowsDigest) throw compactionBroken(source.id);
  await deps.blobs.put(scratch.content(table.path), { expectedDigest: table.fileDigest });
  const knowledgeTimeNs = rangeOf(pieces.map((it) => it.file.knowledgeTimeNs));
  return {
    project: source.project,
    source: source.id,
    digest: table.fileDigest,
    sizeBytes: table.byteCount,
    rowCount,
    rowsDigest,
    parts,
    first: Math.min(...pieces.map((it) => it.first)),
    last: Math.max(...pieces.map((it) => it.last)),
    isCompacted: true,
    // What was cut out may have been at the edge: a range that is too wide is read for nothing, and never wrong.
    eventTimeNs: rangeOf(pieces.map((it) => it.file.eventTimeNs)),
    ...(knowledgeTimeNs && { knowledgeTimeNs }),
    ...(widest.sourceVersion !== undefined && { sourceVersion: widest.sourceVersion }),
  };
}

/** A file of the newest version of the source: what others lack of its columns is null in their rows from then on. */
const widestOf = (pieces: readonly Piece[]): DataFile =>
  pieces.map((it) => it.file).reduce((most, it) => (widthOf(it) > widthOf(most) ? it : most));

/** Later versions have more columns. */
const widthOf = ({ sourceVersion = 1 }: DataFile): number => sourceVersion;

/** The columns of a file that its row digests cover: what was given, and when it happened and was known. */
export async function digestedColumns(
  { tables }: Pick<RewriteDeps, "tables">,
  path: string,
): Promise<readonly string[]> {
  const { columns } = await tables.inspect({ path, format: "parquet" });
  return columns.map((it) => it.name).filter((it) => it !== SEGMENT_COLUMNS.rowNumber);
}

/** Rows of a piece as a file. */
type PieceFile = Pick<WrittenTable, "path" | "rowCount">;

interface NamedPiece {
  readonly piece: Piece;
  readonly name: string;
  /** True if it lacks columns that another piece has. */
  readonly isNarrow: boolean;
  /** Of all pieces, without the number of the row. */
  readonly columns: readonly string[];
}

/** The piece as a file of its own: the file that it is of, unless something is cut off. */
async function pieceFile(
  { tables, blobs }: RewriteDeps,
  { scratch, signal }: RewritePlan,
  { piece, name, isNarrow, columns }: NamedPiece,
): Promise<PieceFile> {
  const { file, first, last, without } = piece;
  const path = await blobs.localFile(file.digest);
  const isWhole = !file.isCompacted || (first <= file.first && last >= file.last && without.size === 0);
  if (isWhole && !isNarrow) return { path, rowCount: file.rowCount };
  const left = file.isCompacted ? [`${COMPACTED_ROW.dataVersion} BETWEEN ${first} AND ${last}`] : ["true"];
  if (without.size > 0) left.push(`${COMPACTED_ROW.dataVersion} NOT IN (${[...without].join(", ")})`);
  const all = [...columns, SEGMENT_COLUMNS.rowNumber].map(quoted).join(", ");
  const sql = `SELECT ${all} FROM ${wholeRows("cut", file)} WHERE ${left.join(" AND ")}`;
  const output = scratch.path(`${name}.parquet`);
  return tables.writeQuery({ sql, inputs: { cut: [path] }, output }, { signal });
}

/** One pass over the rows of all pieces gives the root of each and the root of all. */
async function partsOf(
  deps: RewriteDeps,
  { source, pieces, signal }: RewritePlan,
  { files, columns }: { readonly files: readonly PieceFile[]; readonly columns: readonly string[] },
): Promise<{ readonly parts: readonly CompactedPart[]; readonly rowsDigest: Digest }> {
  const whole = merkleTree();
  const trees = files.map(() => merkleTree());
  const plan = { segments: files.map((it) => it.path), columns };
  let at = 0;
  for await (const digests of deps.tablesOf(source.project).rowDigests(plan, { signal })) {
    for (const it of digests) {
      while (trees[at]?.count() === files[at]?.rowCount) at += 1;
      trees[at]?.add(it);
      whole.add(it);
    }
  }
  // By these numbers the rows were told apart.
  if (trees.some((it, i) => it.count() !== files[i]?.rowCount)) throw compactionBroken(source.id);
  const parts = pieces.flatMap(({ file }, i): CompactedPart[] => {
    const { count, root } = trees[i] ?? merkleTree();
    return count() > 0 ? [{ digest: file.digest, rowCount: count(), rowsDigest: root() }] : [];
  });
  return { parts, rowsDigest: whole.root() };
}

async function merged({ tables }: RewriteDeps, plan: RewritePlan, files: readonly PieceFile[]): Promise<WrittenTable> {
  const rowNumber = quoted(SEGMENT_COLUMNS.rowNumber);
  const selects = plan.pieces.map(({ file }, i) =>
    file.isCompacted
      ? `SELECT * FROM piece${i}`
      : `SELECT * REPLACE (${compactedRowNumber(file.first)} AS ${rowNumber}) FROM piece${i}`,
  );
  const inputs = Object.fromEntries(files.map(({ path }, i) => [`piece${i}`, [path]]));
  const output = plan.scratch.path("compacted.parquet");
  return tables.writeQuery({ sql: selects.join(" UNION ALL "), inputs, output }, { signal: plan.signal });
}

type Range = DataFile["eventTimeNs"];

function rangeOf(ranges: readonly Range[]): Range {
  const known = ranges.filter((it) => it !== undefined);
  const [first] = known;
  if (!first) return undefined;
  return {
    least: known.reduce((least, it) => (it.least < least ? it.least : least), first.least),
    most: known.reduce((most, it) => later(most, it.most) ?? most, first.most),
  };
}
