import { type Digest, DomainError, type Json } from "@throughline/kernel";
import type { Column, Row, WrittenTable } from "@throughline/tables";
import { checkTransforms, type OutputRows, type RawColumn } from "@throughline/transforms";
import type { Run } from "../load-source.ts";
import { problems } from "../problems.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { TrainingSet } from "../training-set.ts";
import { checkRawColumns } from "./check-columns.ts";
import type { TransformDeps } from "./fit-transforms.ts";
import { type Piece, trainingColumns } from "./training-columns.ts";
import { fitContent, type TransformFit, widthOf } from "./transform-fit.ts";
import { appliedRecord } from "./transform-lineage.ts";
import type { Transformed } from "./transforming.ts";

/** What to apply to what. */
export interface ApplyRequest {
  readonly fit: TransformFit;
  readonly trainingSet: TrainingSet;
  readonly actor: string;
  /** Name of the operation. */
  readonly operation: string;
}

/** A file with transformed rows. */
export interface AppliedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly rowCount: number;
  readonly columns: readonly Column[];
}

/** Elements that a file may have: more is better transformed where the model is trained, by the fit as a model. */
const ELEMENTS_MAX = 2_000_000_000;

/** Checks that a fit can be applied to a training set. Fails with INVALID_FIELD and TRANSFORMED_TOO_LARGE. */
export function checkApply(
  { fit, trainingSet }: Pick<ApplyRequest, "fit" | "trainingSet">,
  features: readonly string[],
): void {
  checkRawColumns(rawColumnsOf(fit), { trainingSet, features, path: "training_set" });
  const wrong = problems();
  const taken = new Set(othersOf(trainingSet).map((it) => it.name.toLowerCase()));
  for (const { name } of fit.outputs) {
    const key = name.toLowerCase();
    if (taken.has(key)) wrong.add("training_set", `it has a column "${name}", which is the name of an output too`);
    taken.add(key);
  }
  wrong.throwIfAny();
  const elements = trainingSet.rowCount * widthOf(fit);
  if (elements > ELEMENTS_MAX) throw transformedTooLarge(elements);
}

const rawColumnsOf = (fit: TransformFit): readonly RawColumn[] => checkTransforms(JSON.parse(fit.definition)).columns;

/** What stands beside the transformed values: when the row is for, and its labels. */
function othersOf({ columns, cutoffColumn, labelColumns }: TrainingSet): readonly Column[] {
  const types = new Map(columns.map((it) => [it.name, it]));
  return [cutoffColumn, ...labelColumns].flatMap((it) => types.get(it) ?? []);
}

/** Writes the transformed rows of a training set to a file, and keeps it as an artifact. The same request gives the same bytes. */
export async function applyFit(deps: TransformDeps, request: ApplyRequest, run: Run): Promise<AppliedFile> {
  await using scratch = await deps.newScratch();
  run.progress(0, "reading the training set");
  const table = await transformedTable(deps, request, { run, scratch });
  run.progress(0.95, "storing the rows");
  const digest = table.fileDigest;
  await deps.blobs.put(scratch.content(table.path), { expectedDigest: digest });
  const file = { digest, sizeBytes: table.byteCount, rowCount: table.rowCount, columns: table.columns };
  const { fit, operation: requestId } = request;
  const record = appliedRecord({ ...request, file, timeMs: deps.clock.now() });
  await deps.once({
    identity: { requestId, method: "ApplyTransforms.keep", principal: fit.project, requestDigest: digest },
    subject: `${fit.project}/transform-fits/${fit.id}`,
    work: async () => ({ writes: deps.outbox.writes(record), response: {} }),
  });
  deps.storedFiles.kept([digest]);
  return file;
}

interface Writing {
  readonly run: Run;
  readonly scratch: ScratchFiles;
}

/**
 * Some rows together become a file, and the files one: rows that stream out of the table engine and into it at the same time would need
 * two of its processes, and wait forever where there is one.
 */
async function transformedTable(
  deps: TransformDeps,
  { fit, trainingSet }: ApplyRequest,
  { run, scratch }: Writing,
): Promise<WrittenTable> {
  const { tables, blobs } = deps;
  const { signal } = run;
  const { definition, constants } = await fitContent(blobs, fit);
  await using thread = deps.openTransformThread(signal);
  await thread.begin(definition as Json, constants);
  const others = othersOf(trainingSet);
  const columns: readonly Column[] = [...others, ...fit.outputs.map(columnOfOutput)];
  const reading = {
    file: await blobs.localFile(trainingSet.fileDigest),
    rowCount: trainingSet.rowCount,
    columns: rawColumnsOf(fit),
    others: others.map((it) => it.name),
    widthBesides: widthOf(fit),
    signal,
  };
  const files: string[] = [];
  const rows: Row[] = [];
  let written = 0;
  const write = async (count: number): Promise<void> => {
    const output = scratch.path(`piece-${files.length}.parquet`);
    const file = await tables.importRows({ columns, output }, rows.splice(0, count), { signal });
    files.push(file.path);
    written += file.rowCount;
    run.progress((0.9 * written) / trainingSet.rowCount, "transforming the rows");
  };
  const together = rowsTogether(columns.length + widthOf(fit));
  for await (const piece of trainingColumns(tables, reading)) {
    for (const row of rowsOf(piece, await thread.apply(piece.columns), fit)) rows.push(row);
    while (rows.length >= together) await write(together);
  }
  if (rows.length > 0 || files.length === 0) await write(rows.length);
  const output = scratch.path("transformed.parquet");
  return tables.writeQuery({ sql: "SELECT * FROM pieces", inputs: { pieces: files }, output }, { signal });
}

/** About so many elements wait for their file: each file costs as much as some thousand rows. */
const ELEMENTS_TOGETHER = 1_000_000;
/** Rows of a batch of the table engine. Files of whole batches are put together without cutting any. */
const BATCH_ROWS = 2_048;

const rowsTogether = (width: number): number =>
  BATCH_ROWS * Math.max(1, Math.floor(ELEMENTS_TOGETHER / (BATCH_ROWS * width)));

const columnOfOutput = ({ name, type }: TransformFit["outputs"][number]): Column => ({
  name,
  type: type === "int64" ? "list<int64>" : "list<float64>",
});

/** A float32 is the same number as a float64. */
function* rowsOf({ others }: Piece, transformed: Transformed, { outputs }: TransformFit): Generator<Row> {
  const parts = outputs.map((it) => transformed.get(it.name) as OutputRows);
  for (const [i, other] of others.entries())
    yield [...other, ...parts.map(({ width, values }) => [...values.subarray(i * width, (i + 1) * width)])];
}

const transformedTooLarge = (elements: number): DomainError =>
  new DomainError(
    "precondition",
    "TRANSFORMED_TOO_LARGE",
    `The file would have ${elements} elements; at most ${ELEMENTS_MAX} are written. Let the steps make fewer elements in a row, or transform the rows where the model is trained.`,
    { metadata: { elements: String(elements), most: String(ELEMENTS_MAX) } },
  );
