// The process that runs one model to find out how important its features are. It holds nothing but that model and the rows that it is
// sent, and its parent ends it when it takes too much memory or time. Nothing imports this file: it is started by scoring-process.ts.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { type FeatureValue, invariant } from "@throughline/kernel";
import { type DataColumn, permutationImportances } from "@throughline/selection";
import { InferenceSession } from "onnxruntime-node";
import { modelFailed } from "../domain/necessity/model-failed.ts";
import { modelNotApplicable } from "../domain/necessity/model-use.ts";
import type { ImportanceLoss, Scored, ScoringTask } from "../domain/necessity/scoring.ts";
import { carriedAnswer } from "../threads/carried-answer.ts";
import { type Gather, gatherInputs } from "./gathered-inputs.ts";
import { lossOf } from "./losses.ts";
import type { ScoringRequest } from "./scoring-messages.ts";

interface Work {
  readonly task: ScoringTask;
  readonly session: InferenceSession;
  readonly values: ReadonlyMap<string, FeatureValue[]>;
  readonly labels: number[];
}

let work: Work | undefined;

process.on("message", async (request: ScoringRequest) => void process.send?.(await carriedAnswer(() => done(request))));
// Without its parent there is nobody to answer to, or to stop it.
process.once("disconnect", () => process.exit(0));

async function done(request: ScoringRequest): Promise<unknown> {
  if (request.kind === "begin") {
    new Worker(new URL("./scoring-guard.ts", import.meta.url), { workerData: request.timeoutMs }).unref();
    const { task } = request;
    const values = new Map(task.features.map((it) => [it, [] as FeatureValue[]]));
    work = { task, session: await opened(task), values, labels: [] };
    return undefined;
  }
  invariant(work !== undefined, "scoring begins with a model");
  if (request.kind === "measure") return measured(work);
  for (const row of request.rows) {
    work.task.features.forEach((it, i) => void work?.values.get(it)?.push(row[i] ?? null));
    work.labels.push(Number(row[work.task.features.length]));
  }
  return undefined;
}

async function opened({ modelFile, digest, modelVersion }: ScoringTask): Promise<InferenceSession> {
  const bytes = await readFile(modelFile);
  const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (found !== digest) throw modelFailed(modelVersion, `its file has the digest ${found}, not ${digest}`);
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
  // From bytes and not from the path: relative names would otherwise be looked up beside the file.
  return InferenceSession.create(bytes, options).catch((error: unknown) => {
    throw modelFailed(modelVersion, messageOf(error));
  });
}

/** Each feature stands as a column of row numbers: what is shuffled are the numbers, and the values are looked up. */
async function measured({ task, session, values, labels }: Work): Promise<Scored> {
  if (labels.length === 0) throw modelNotApplicable(task.modelVersion, "no row has a label");
  const model = { task, session, gather: gatherInputs(task.use, task.features, values) };
  const all = Uint32Array.from(labels, (_, i) => i);
  const base = await predictions(model, columnsOf(task, all), all.length);
  // A model that takes no missing values gives no number for their rows.
  const rows = all.filter((it) => Number.isFinite(base[it]));
  if (rows.length === 0) throw modelFailed(task.modelVersion, "it predicts no number for any row");
  const labelOf = (row: number): number => labels[rows[row] ?? 0] ?? 0;
  const isBinary = rows.every((_, row) => labelOf(row) === 0 || labelOf(row) === 1);
  const loss: ImportanceLoss = task.loss ?? (isBinary ? "LOG_LOSS" : "SQUARED_ERROR");
  if (loss === "LOG_LOSS" && !isBinary)
    throw modelNotApplicable(task.modelVersion, "a log loss needs a label of 0 and 1, or false and true");
  const judge = lossOf(loss, task.modelVersion);
  const losses = Float64Array.from(rows, (it, row) => judge(base[it] ?? Number.NaN, labelOf(row)));
  const importances = await permutationImportances({
    columns: columnsOf(task, rows),
    groups: task.groups,
    repeats: task.repeats,
    seed: task.seed,
    predict: (shuffled) => predictions(model, shuffled, rows.length),
    loss: (prediction, row) => judge(prediction, labelOf(row)),
  });
  const baseLoss = losses.reduce((sum, it) => sum + it, 0) / rows.length;
  return { importances, loss, baseLoss, rowCount: rows.length, leftOutRowCount: labels.length - rows.length };
}

const columnsOf = ({ features }: ScoringTask, rows: Uint32Array): readonly DataColumn[] =>
  features.map((name) => ({ kind: "numeric", name, values: Float64Array.from(rows) }));

/** Rows that a model is given at once, if it takes any number. */
const ROWS_AT_ONCE = 1_000;

interface Model {
  readonly task: ScoringTask;
  readonly session: InferenceSession;
  readonly gather: Gather;
}

async function predictions(
  { task: { use, modelVersion }, session, gather }: Model,
  columns: readonly DataColumn[],
  rowCount: number,
): Promise<Float64Array> {
  const at = new Map(columns.map((it) => [it.name, Uint32Array.from(it.kind === "numeric" ? it.values : it.codes)]));
  const scores = new Float64Array(rowCount);
  const step = use.rowsAtOnce ?? ROWS_AT_ONCE;
  for (let from = 0; from < rowCount; from += step) {
    const to = Math.min(rowCount, from + step);
    const feeds = gather(at, { from, to });
    const results = await session.run(feeds, [use.outputTensor]).catch((error: unknown) => {
      throw modelFailed(modelVersion, messageOf(error));
    });
    const output = results[use.outputTensor];
    const data = (output?.data ?? []) as ArrayLike<number | bigint>;
    const width = data.length / (to - from);
    if (!Number.isInteger(width) || use.outputColumn >= width)
      throw modelFailed(modelVersion, `its output ${use.outputTensor} has ${data.length} values for ${to - from} rows`);
    for (let row = from; row < to; row++) scores[row] = Number(data[(row - from) * width + use.outputColumn]);
  }
  return scores;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 800);
