import { digestOfBytes } from "@throughline/kernel";
import type { Entity, Feature } from "../features.ts";
import type { LoadedModel } from "../model-host.ts";
import { checkRowCount, elementsOf, requestRow, tensorsByRow } from "../request-rows.ts";
import { elementCount, type Signature, type Tensor } from "../tensor.ts";
import type { CompiledGraph } from "./compile.ts";
import { inputsUneven } from "./errors.ts";
import { askGraph, type GraphAnswered, type GraphAsked } from "./loaded-graph.ts";

/** The one output of a graph that is asked with tensors: the scores of its output node, a row for each row of the inputs. */
const SCORES = "scores";

/** Tensors for a graph whose requests bring all inputs. */
export interface TensorsAsked extends Omit<GraphAsked, "row"> {
  readonly tensors: readonly Tensor[];
  /** What the request says of whom it is for. */
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** See GraphRow. */
  readonly seed: string;
}

export interface TensorsAnswered {
  readonly outputs: readonly Tensor[];
  /** In the order of the rows. */
  readonly rows: readonly TensorRow[];
}

/** One row of tensors, and its answer. */
export interface TensorRow extends GraphAnswered {
  readonly tensors: readonly Tensor[];
}

/** What a graph takes and gives where requests bring its inputs: the tensors of all models that read the request. */
export function tensorSignature(graph: CompiledGraph, readers: readonly Pick<LoadedModel, "signature">[]): Signature {
  const inputs = new Map(readers.flatMap(({ signature }) => signature.inputs.map((it) => [it.name, it] as const)));
  const width = graph.shape.widthOf(graph.outputNode);
  return {
    inputs: [...inputs.values()],
    outputs: [{ name: SCORES, datatype: "FP64", shape: [-1, width] }],
  };
}

/** Answers each row of the tensors by itself. The scores of a row that an outlier gate refuses are NaN. */
export async function askWithTensors(
  graph: CompiledGraph,
  signature: Signature,
  asked: TensorsAsked,
): Promise<TensorsAnswered> {
  const parts = rowsOf(signature, asked.tensors);
  const rows = await Promise.all(
    parts.map((tensors, i) => askRow(graph, { ...asked, tensors, seed: seedOfRow(asked.seed, i) })),
  );
  const width = graph.shape.widthOf(graph.outputNode);
  const scores = rows.flatMap(({ trace }) => Array.from({ length: width }, (_, i) => trace.scores[i] ?? Number.NaN));
  const bytes = new Uint8Array(Float64Array.from(scores).buffer);
  return { rows, outputs: [{ name: SCORES, datatype: "FP64", shape: [rows.length, width], bytes }] };
}

/** The rows of one request are chosen for apart from each other. */
export const seedOfRow = (seed: string, row: number): string => (row === 0 ? seed : `${seed}/${row}`);

async function askRow(
  graph: CompiledGraph,
  { tensors, entity, asOfNs, seed, ...asked }: TensorsAsked,
): Promise<TensorRow> {
  const columns = new Map<string, Feature>();
  for (const it of tensors) {
    const [value, ...more] = elementCount(it.shape) === 1 ? elementsOf(it) : [];
    if (value !== undefined && more.length === 0) columns.set(it.name, { value, status: "present" });
  }
  const row = {
    columns,
    entity,
    asOfNs,
    seed,
    tensors,
    rowDigest: () => digestOfBytes(requestRow(tensors).vectorBytes),
  };
  return { ...(await askGraph(graph, { ...asked, row })), tensors };
}

/** The tensors of each row; all of them are one row if the models do not take several. */
function rowsOf({ inputs }: Signature, tensors: readonly Tensor[]): readonly (readonly Tensor[])[] {
  if (tensors.length === 0 || inputs.some((it) => it.shape[0] !== -1)) return [tensors];
  const counts = Object.fromEntries(tensors.map((it) => [it.name, it.shape[0] ?? 1]));
  const [count = 1] = Object.values(counts);
  if (Object.values(counts).some((it) => it !== count)) throw inputsUneven(counts);
  checkRowCount(count);
  return tensorsByRow(tensors, count);
}
