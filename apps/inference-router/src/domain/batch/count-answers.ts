import { type Digest, type MerkleTree, merkleTree } from "@throughline/kernel";
import type { ColumnBatch, TableEngine } from "@throughline/tables";
import type { Callers } from "../callers.ts";
import type { BatchResult } from "./batch.ts";

export interface CountingAnswers {
  readonly tables: Pick<TableEngine, "queryColumns">;
  readonly callers: Pick<Callers, "inSlices">;
}

/**
 * Counts the rows of a batch in the files of its parts. Each file is read whole before its rows are counted: a process of the
 * tables that waits while callers come first is there for nobody else.
 */
export async function countAnswers(
  { tables, callers }: CountingAnswers,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Pick<BatchResult, "problemCounts" | "rowsDigest">> {
  const tree: MerkleTree = merkleTree();
  const problems = new Map<string, number>();
  const count = ({ columns }: ColumnBatch, row: number): void => {
    const [digest, problem] = columns.map((it) => ("values" in it ? (it.values[row] ?? null) : null));
    if (typeof digest === "string") tree.add(digest as Digest);
    else problems.set(String(problem), (problems.get(String(problem)) ?? 0) + 1);
  };
  const sql = "SELECT row_digest, problem FROM part";
  for (const path of paths) {
    const pieces: ColumnBatch[] = [];
    for await (const it of tables.queryColumns({ sql, inputs: { part: [path] } }, { signal })) pieces.push(it);
    for (const piece of pieces) await callers.inSlices(piece.rowCount, (row) => count(piece, row));
  }
  return { problemCounts: Object.fromEntries(problems), rowsDigest: tree.root() };
}
