import type { BlobStore } from "@throughline/blobs";
import { type Clock, invariant } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import type { TableEngine } from "@throughline/tables";
import type { Callers } from "../callers.ts";
import type { ExportFile, ExportRun } from "../export-predictions.ts";
import type { LoadedRelease, ReleaseLoader } from "../loaded-release.ts";
import type { Release } from "../release.ts";
import { requestFields } from "../request-fields.ts";
import { type AddedColumn, addedColumns, type RowAnswer } from "./added-columns.ts";
import { type AnsweringRows, answerRows, untilThere } from "./answer-rows.ts";
import type { Batch, BatchResult } from "./batch.ts";
import { type BatchColumns, type BatchRow, batchColumns } from "./batch-columns.ts";
import { batchRecord } from "./batch-lineage.ts";
import { countAnswers } from "./count-answers.ts";
import { type KeptAnswers, keptAnswers } from "./kept-answers.ts";
import { READ_ROWS, type ReadRows, readRows } from "./read-rows.ts";
import type { BatchPlace, RowScorer } from "./row-scorer.ts";
import { writtenRows } from "./written-rows.ts";

/** The parts of a batch's answers, in files that survive the process. */
export interface BatchParts {
  /** Where the file of a part is, or is to be; its folder exists. */
  path(operation: string, part: number): Promise<string>;
  /** Removes the files of a batch. */
  remove(operation: string): Promise<void>;
}

export interface PredictingBatch extends Omit<AnsweringRows, "answer" | "answerTogether"> {
  readonly callers: Pick<Callers, "giveWay" | "inSlices">;
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly tables: Pick<TableEngine, "inspect" | "importRows" | "writeQuery" | "queryColumns">;
  readonly loader: Pick<ReleaseLoader, "using">;
  /** The release from the registry. */
  readonly releaseOf: (name: string) => Promise<Release>;
  readonly scorer: RowScorer;
  /** What goes along with calls in somebody's name. */
  readonly headersFor: (actor: string) => Headers;
  readonly parts: BatchParts;
  readonly file: ExportFile;
  readonly clock: Clock;
  /** Rows of a part: what is done again after a kill, at most. */
  readonly partRows: number;
  /** Puts the records where they survive, to be delivered to the thread. */
  readonly recordLineage: (records: readonly LineageRecord[]) => Promise<void>;
}

export type PredictBatch = (batch: Batch, run: ExportRun) => Promise<BatchResult>;

/**
 * Answers every row of a file with one release, part by part. Parts that are there from before a restart are kept as they are. In the end
 * the answers are laid beside the rows of the input, which gives exactly one row for each.
 */
export function predictBatch(parts: PredictingBatch): PredictBatch {
  return async (batch, run) => {
    const release = await untilThere(parts, () => parts.releaseOf(batch.release), run.signal);
    return parts.loader.using(release, async (chosen) => {
      const answered = await answerParts(parts, { batch, run, chosen });
      const result = await parts.file.write((output) => writeResult(parts, { batch, run, chosen, answered, output }));
      await parts.parts.remove(run.operation);
      return result;
    });
  };
}

interface Working {
  readonly batch: Batch;
  readonly run: ExportRun;
  readonly chosen: LoadedRelease;
}

interface AnsweredParts {
  readonly added: readonly AddedColumn[];
  readonly rowCount: number;
  readonly paths: readonly string[];
}

async function answerParts(parts: PredictingBatch, working: Working): Promise<AnsweredParts> {
  const { batch, run, chosen } = working;
  const input = async () => parts.blobs.localFile(batch.inputDigest);
  const { signal } = run;
  const shape = await parts.tables.inspect({ path: await input(), format: "parquet" }, { signal });
  const added = addedColumns(chosen);
  const columns = batchColumns(batch, shape.columns, {
    features: chosen.release.features?.names ?? [],
    fields: requestFields(chosen),
    added: added.map((it) => it.name),
  });
  const paths: string[] = [];
  // A file of no rows has a part of none.
  const partCount = Math.max(1, Math.ceil(shape.rowCount / parts.partRows));
  while (paths.length < partCount) {
    const start = paths.length * parts.partRows;
    const limit = Math.min(parts.partRows, shape.rowCount - start);
    const path = await parts.parts.path(run.operation, paths.length);
    if (!(await isWhole(parts, path, { rowCount: limit, added }))) {
      const answers = await answerPart(parts, working, { input, columns, start, limit });
      const partColumns = added.map(({ name, type }) => ({ name, type }));
      const rows = writtenRows(answers, added, parts.callers);
      await parts.tables.importRows({ output: path, columns: partColumns }, rows, { signal });
    }
    paths.push(path);
    run.progress(0.95 * (paths.length / partCount), `${start + limit} of ${shape.rowCount} rows`);
  }
  return { added, rowCount: shape.rowCount, paths };
}

interface Part {
  readonly input: () => Promise<string>;
  readonly columns: BatchColumns;
  readonly start: number;
  readonly limit: number;
}

async function answerPart(
  parts: PredictingBatch,
  { batch, run, chosen }: Working,
  { input, columns, start, limit }: Part,
): Promise<KeptAnswers> {
  const { signal } = run;
  const headers = parts.headersFor(batch.actor);
  const place = (until: AbortSignal): BatchPlace => ({
    deployment: batch.deployment,
    chosen,
    call: { signal: until, headers },
  });
  const answer = (row: BatchRow, until: AbortSignal) => parts.scorer.alone(place(until), row);
  const answerTogether = (rows: readonly BatchRow[], until: AbortSignal) => parts.scorer.together(place(until), rows);
  const answers = keptAnswers(limit);
  const read = async (done: number): Promise<ReadRows | undefined> => {
    if (done >= limit) return undefined;
    const place = { offset: start + done, limit: Math.min(READ_ROWS, limit - done) };
    // The copy of a remote file may have left the cache since the last time.
    return readRows(parts, { path: await input(), columns, ...place, signal });
  };
  let reading = read(0);
  for (let done = 0; done < limit; done += READ_ROWS) {
    const rows = await reading;
    invariant(rows, "there are as many rows as are read");
    // The next rows come while these are answered. That they do not is told when it is their turn.
    reading = read(done + READ_ROWS);
    reading.catch(() => {});
    const answered = (row: number, it: RowAnswer): void => answers.set(done + row, it);
    await answerRows({ ...parts, answer, answerTogether }, { ...rows, answered }, signal);
  }
  return answers;
}

/** A file that power loss has cut off is not whole, nor is one that another version wrote with other columns: its part is answered again. */
async function isWhole(
  { tables }: PredictingBatch,
  path: string,
  { rowCount, added }: Pick<AnsweredParts, "rowCount" | "added">,
): Promise<boolean> {
  try {
    const found = await tables.inspect({ path, format: "parquet" });
    return (
      found.rowCount === rowCount && found.columns.map((it) => it.name).join() === added.map((it) => it.name).join()
    );
  } catch {
    return false;
  }
}

async function writeResult(
  parts: PredictingBatch,
  it: Working & { readonly answered: AnsweredParts; readonly output: string },
): Promise<BatchResult> {
  const { batch, run, chosen, answered, output } = it;
  const { signal } = run;
  run.progress(0.95, "laying the answers beside the rows");
  const added = answered.added.map(({ name }) => `a.${name} AS "${batch.columnPrefix}${name}"`).join(", ");
  const inputs = { input: [await parts.blobs.localFile(batch.inputDigest)], answers: answered.paths };
  const sql = `SELECT i.*, ${added} FROM input i POSITIONAL JOIN answers a`;
  const written = await parts.tables.writeQuery({ sql, inputs, output }, { signal });
  invariant(written.rowCount === answered.rowCount, "the file has another number of rows than its input");
  const counted = await countAnswers(parts, answered.paths, signal);
  run.progress(0.98, "storing the file");
  const file = await parts.file.keep(output);
  const { digest: releaseDigest } = chosen.release;
  await parts.recordLineage([
    batchRecord({ batch, operation: run.operation, releaseDigest, file, timeMs: parts.clock.now() }),
  ]);
  return { digest: file.digest, rowCount: answered.rowCount, releaseDigest, ...counted };
}
