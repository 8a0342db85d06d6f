/** Not a bench: runs transforms in the model runtime, and compares. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { type Columns, type OutputRows, type ReadyTransforms, transformsModel } from "../src/index.ts";

/** The options with which the router opens a model. */
const OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  logSeverityLevel: 4,
} as const;

export const opened = (model: Uint8Array): Promise<InferenceSession> => InferenceSession.create(model, OPTIONS);

/** A session of the transforms alone. */
export const openedTransforms = (ready: ReadyTransforms): Promise<InferenceSession> =>
  opened(transformsModel(ready).bytes);

/** The columns as tensors of rows x 1. */
export function feedsOf(
  session: InferenceSession,
  columns: Columns,
  rows: readonly [from: number, to: number],
): Record<string, Tensor> {
  const [from, to] = rows;
  const feeds = session.inputNames.map((name): readonly [string, Tensor] => {
    const column = columns.get(name);
    if (column === undefined) throw new Error(`there is no column ${name}`);
    const shape = [to - from, 1];
    if (column.type === "string") return [name, new Tensor("string", column.values.slice(from, to), shape)];
    if (column.type === "float64") return [name, new Tensor("float64", column.values.subarray(from, to), shape)];
    if (column.type === "float32") return [name, new Tensor("float32", column.values.subarray(from, to), shape)];
    return [name, new Tensor("int64", column.values.subarray(from, to), shape)];
  });
  return Object.fromEntries(feeds);
}

/** Elements whose bits differ, where every NaN is the same: at most ten, told for people. */
export function differences(
  ours: OutputRows,
  theirs: Tensor,
  names: readonly string[],
  firstRow: number,
): readonly string[] {
  const given = theirs.data as ArrayLike<number | bigint>;
  const found: string[] = [];
  for (let i = 0; i < given.length && found.length < 10; i++) {
    const [own, other] = [ours.values[firstRow * ours.width + i], given[i]];
    if (!Object.is(own, other))
      found.push(
        `${names[i % ours.width]} in row ${firstRow + Math.floor(i / ours.width)}: ${own}, the runtime has ${other}`,
      );
  }
  return found;
}
