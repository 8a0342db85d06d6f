import { type Digest, digestOfBytes, notFound } from "@throughline/kernel";
import { withDataFile } from "./data-file.ts";
import type { Deps, MetricsEngine } from "./deps.ts";
import { tooManySlices } from "./errors.ts";
import {
  type Evaluation,
  type EvaluationContent,
  evaluationText,
  type MetricOptions,
  type Slice,
} from "./evaluation.ts";
import {
  EVALUATION_LIMITS,
  type EvaluationColumns,
  type EvaluationRows,
  readEvaluationRows,
  type SliceColumn,
} from "./evaluation-rows.ts";
import { evaluationName, idOfDigest } from "./names.ts";
import type { Run } from "./run.ts";
import { lineageOf } from "./thread.ts";

export interface EvaluateRequest {
  /** Id of the project, which knows the file. */
  readonly project: string;
  readonly dataDigest: Digest;
  readonly columns: EvaluationColumns;
  /** Slices with fewer rows are listed only. */
  readonly sliceRowsMin: number;
  readonly options: MetricOptions;
  readonly subject: string;
  readonly actor: string;
}

/** Evaluates scores against labels, over all rows and by slice, and keeps the evaluation, bytes first. */
export async function evaluate(deps: Deps, request: EvaluateRequest, run: Run): Promise<Evaluation> {
  const { project, dataDigest, columns, options, subject, actor } = request;
  run.progress(0, "fetching the file");
  const rows = await withDataFile(deps.blobs, dataDigest, (path) =>
    readEvaluationRows(deps.tables, { path, columns, task: options.task }, run),
  );
  await using engine = deps.newMetricsEngine(run.signal);
  const task = options.task === "REGRESSION" && { task: options.task };
  const content = { dataDigest, subject, ...(await sliced(rows, { ...request, engine }, run)), ...task };
  const text = evaluationText(content);
  const digest = digestOfBytes(text);
  await deps.blobs.put(Buffer.from(text), { expectedDigest: digest });
  const name = evaluationName.format({ project, evaluation: idOfDigest(digest) });
  const timeMs = deps.clock.now();
  const record = lineageOf({
    project,
    kind: "EVALUATE",
    resource: name,
    actor,
    timeMs,
    inputs: [{ digest: dataDigest, role: "predictions" }],
    output: { digest, kind: "EVALUATION", sizeBytes: Buffer.byteLength(text) },
  });
  return deps.evaluations.add({ thing: { ...content, name, digest, createTimeMs: timeMs }, record });
}

/** Fails with NOT_FOUND. */
export async function getEvaluation({ evaluations }: Deps, name: string): Promise<Evaluation> {
  const found = await evaluations.find(name);
  if (!found) throw notFound(name);
  return found;
}

interface Slicing {
  readonly engine: MetricsEngine;
  readonly options: MetricOptions;
  readonly sliceRowsMin: number;
}

async function sliced(
  rows: EvaluationRows,
  { engine, options, sliceRowsMin }: Slicing,
  run: Run,
): Promise<Pick<EvaluationContent, "slices" | "smallSlices">> {
  const parts = rows.sliceColumns.map((column) => ({ column, groups: groupsOf(column) }));
  checkSliceCount(parts, sliceRowsMin);
  const total = parts.reduce((sum, it) => sum + it.groups.length, 1);
  run.progress(0.5, "computing the metrics of all rows");
  const all = { scores: rows.scores.slice(), labels: rows.labels.slice() };
  const slices: Slice[] = [{ key: {}, ...(await engine.metrics(all, options)) }];
  const smallSlices: string[] = [];
  let done = 1;
  for (const { column, groups } of parts) {
    for (const { value, positions } of groups) {
      run.signal.throwIfAborted();
      done += 1;
      if (positions.length < sliceRowsMin) {
        smallSlices.push(`${column.name}=${value}`);
        continue;
      }
      const part = {
        scores: Float64Array.from(positions, at(rows.scores)),
        labels:
          rows.labels instanceof Uint8Array
            ? Uint8Array.from(positions, at(rows.labels))
            : Float64Array.from(positions, at(rows.labels)),
      };
      slices.push({ key: { [column.name]: value }, ...(await engine.metrics(part, options)) });
      run.progress(0.5 + done / total / 2, `${done} of ${total} slices`);
    }
  }
  return { slices, smallSlices };
}

function checkSliceCount(
  parts: readonly { readonly column: SliceColumn; readonly groups: readonly Group[] }[],
  sliceRowsMin: number,
): void {
  let count = 0;
  for (const { column, groups } of parts) {
    count += groups.filter((it) => it.positions.length >= sliceRowsMin).length;
    if (count > EVALUATION_LIMITS.slicesMax) throw tooManySlices(column.name, EVALUATION_LIMITS.slicesMax);
  }
}

const at =
  (values: ArrayLike<number>) =>
  (position: number): number =>
    values[position] as number;

interface Group {
  readonly value: string;
  readonly positions: Uint32Array;
}

/** The rows of each value, the largest group first, and equally large ones by value. */
function groupsOf({ values, codes }: SliceColumn): readonly Group[] {
  const sizes = new Uint32Array(values.length);
  for (const code of codes) sizes[code] = (sizes[code] as number) + 1;
  const groups = values.map((value, i): Group => ({ value, positions: new Uint32Array(sizes[i] as number) }));
  const filled = new Uint32Array(values.length);
  for (const [row, code] of codes.entries()) {
    const next = filled[code] as number;
    (groups[code] as Group).positions[next] = row;
    filled[code] = next + 1;
  }
  return groups.sort((a, b) => b.positions.length - a.positions.length || (a.value < b.value ? -1 : 1));
}
