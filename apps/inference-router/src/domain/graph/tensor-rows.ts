import { canonicalRowBytes, digestOfBytes, type FeatureValue } from "@throughline/kernel";
import { elementOf } from "@throughline/kernel/datatypes";
import type { Feature } from "../features.ts";
import type { LoadedModel } from "../model-host.ts";
import { elementCount, type Signature, splitRows, type Tensor } from "../tensor.ts";
import type { CompiledGraph } from "./compile.ts";
import { inputsUneven } from "./errors.ts";
import { askGraph, type GraphAnswered, type GraphAsked } from "./loaded-graph.ts";

/** The one output of a graph that is asked with tensors: the scores of its output node, a row for each row of the inputs. */
const SCORES = "scores";

/** Tensors for a graph whose requests bring all inputs. */
export interface TensorsAsked extends Omit<GraphAsked, "row"> {
  readonly tensors: readonly Tensor[];
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
  /** The elements of all tensors, in their order. */
  readonly vector: readonly Feature[];
  readonly vectorBytes: Buffer;
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
    parts.map((tensors, i) => askRow(graph, { ...asked, tensors, seed: seedOf(asked, i) })),
  );
  const width = graph.shape.widthOf(graph.outputNode);
  const scores = rows.flatMap(({ trace }) => Array.from({ length: width }, (_, i) => trace.scores[i] ?? Number.NaN));
  const bytes = new Uint8Array(Float64Array.from(scores).buffer);
  return { rows, outputs: [{ name: SCORES, datatype: "FP64", shape: [rows.length, width], bytes }] };
}

/** The rows of one request are chosen for apart from each other. */
const seedOf = ({ seed }: TensorsAsked, row: number): string => (row === 0 ? seed : `${seed}/${row}`);

async function askRow(graph: CompiledGraph, { tensors, asOfNs, seed, ...asked }: TensorsAsked): Promise<TensorRow> {
  const vector = tensors.flatMap(elementsOf).map((value): Feature => ({ value, status: "present" }));
  const vectorBytes = canonicalRowBytes(vector.map((it) => it.value));
  const columns = new Map<string, Feature>();
  for (const it of tensors) {
    const [value, ...more] = elementCount(it.shape) === 1 ? elementsOf(it) : [];
    if (value !== undefined && more.length === 0) columns.set(it.name, { value, status: "present" });
  }
  const row = { columns, entity: {}, asOfNs, seed, tensors, rowDigest: digestOfBytes(vectorBytes) };
  return { ...(await askGraph(graph, { ...asked, row })), vector, vectorBytes };
}

/** The tensors of each row; all of them are one row if the models do not take several. */
function rowsOf({ inputs }: Signature, tensors: readonly Tensor[]): readonly (readonly Tensor[])[] {
  if (tensors.length === 0 || inputs.some((it) => it.shape[0] !== -1)) return [tensors];
  const counts = Object.fromEntries(tensors.map((it) => [it.name, it.shape[0] ?? 1]));
  const [count = 1] = Object.values(counts);
  if (Object.values(counts).some((it) => it !== count)) throw inputsUneven(counts);
  const ones = Array.from({ length: count }, () => 1);
  const split = tensors.map((it) => splitRows(it, ones));
  return ones.map((_, i) => split.map((rows) => rows[i] as Tensor));
}

function elementsOf({ datatype, shape, bytes }: Tensor): readonly FeatureValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype !== "BYTES") {
    // Whole numbers beyond 63 bits have no canonical bytes of their own.
    return Array.from({ length: elementCount(shape) }, (_, i) => {
      const element = elementOf(datatype, view, i);
      return datatype === "UINT64" && BigInt.asIntN(64, element as bigint) !== element ? Number(element) : element;
    });
  }
  const texts: string[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const end = at + 4 + view.getUint32(at, true);
    texts.push(Buffer.from(bytes.subarray(at + 4, end)).toString("utf8"));
    at = end;
  }
  return texts;
}
