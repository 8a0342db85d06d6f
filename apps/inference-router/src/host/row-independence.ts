import {
  ELEMENT_BYTES,
  elementAt,
  elementCount,
  type Signature,
  type Tensor,
  type TensorSpec,
} from "../domain/tensor.ts";
import { type ModelProcess, ModelRefusal } from "./model-process.ts";

/**
 * Finds out whether a model answers each row by itself, so that rows of different callers may run together: it must take
 * any number of rows in every input, and give the second of two rows the same answer as alone. Some models do not (a
 * softmax over the rows, say), and nothing in their signature tells. Also the first run: the runtime is warm afterwards.
 */
export async function answersRowsByThemselves(probe: Probe): Promise<boolean> {
  const { signature } = probe;
  try {
    const alone = await runRows(probe, [SECOND]);
    if (!signature.inputs.every((it) => it.shape[0] === -1)) return false;
    const together = await runRows(probe, [FIRST, SECOND]);
    return alone.every((it, i) => isSecondRow(it, together[i]));
  } catch (error) {
    // The model does not like the made-up rows: then nothing is known, and every request runs alone.
    if (error instanceof ModelRefusal) return false;
    throw error;
  }
}

/** Runs a made-up row, so that the runtime is warm afterwards. A model that does not like it stays cold. */
export async function firstRow(probe: Probe): Promise<void> {
  try {
    await runRows(probe, [SECOND]);
  } catch (error) {
    if (!(error instanceof ModelRefusal)) throw error;
  }
}

interface Probe extends Pick<ModelProcess, "run"> {
  readonly signature: Signature;
  readonly inputWidth: number | undefined;
}

/** Runs made-up rows of one value each. */
export async function runRows(
  { signature, inputWidth, run }: Probe,
  values: readonly number[],
): Promise<readonly Tensor[]> {
  const tensors = signature.inputs.map((it) => constantRows(it, values, inputWidth ?? 1));
  const { outputs } = await run({ outputs: signature.outputs.map((it) => it.name), requests: [tensors] });
  return outputs;
}

const FIRST = 0;
const SECOND = 1;

/** Most numbers of a row that is made up. What a model declares is not trusted: it may be more than the router can hold. */
const MADE_UP_MAX = 1_000_000;

/** Rows that hold one value each. Open sizes other than the rows are the width of the model's vector. */
function constantRows(spec: TensorSpec, values: readonly number[], width: number): Tensor {
  const hasRows = spec.shape[0] === -1;
  const rowShape = (hasRows ? spec.shape.slice(1) : spec.shape).map((size) => (size === -1 ? width : size));
  const rows = hasRows ? values : values.slice(0, 1);
  const shape = hasRows ? [rows.length, ...rowShape] : rowShape;
  const perRow = elementCount(rowShape);
  // Each size by itself as well: beside a size of zero any other one makes no elements at all.
  if (perRow > MADE_UP_MAX || shape.some((size) => !(size >= 0 && size <= MADE_UP_MAX)))
    throw new ModelRefusal(`its input ${spec.name} is too large to be made up`);
  const elements = rows.flatMap((value) => Array.from({ length: perRow }, () => value));
  return { name: spec.name, datatype: spec.datatype, shape, bytes: bytesOf(spec, elements) };
}

function bytesOf({ datatype }: TensorSpec, elements: readonly number[]): Uint8Array {
  if (datatype === "BYTES") return new Uint8Array(4 * elements.length);
  const size = ELEMENT_BYTES[datatype];
  const bytes = new Uint8Array(size * elements.length);
  const view = new DataView(bytes.buffer);
  elements.forEach((value, i) => {
    if (datatype === "FP32") view.setFloat32(i * size, value, true);
    else if (datatype === "FP64") view.setFloat64(i * size, value, true);
    else if (datatype === "FP16") view.setFloat16(i * size, value, true);
    // Whole numbers below 128 are their lowest byte.
    else view.setUint8(i * size, value);
  });
  return bytes;
}

/** Kernels for one row and for two may add up in another order: equal to within rounding. */
const TOLERANCE = 1e-4;

function isSecondRow(alone: Tensor, together: Tensor | undefined): boolean {
  if (together === undefined || alone.shape[0] !== 1 || together.shape[0] !== 2) return false;
  if (alone.datatype === "BYTES") {
    const start = together.bytes.byteLength - alone.bytes.byteLength;
    return start >= 0 && Buffer.compare(together.bytes.subarray(start), alone.bytes) === 0;
  }
  const count = elementCount(alone.shape);
  return Array.from({ length: count }, (_, i) => i).every((i) => {
    const [a, b] = [elementAt(alone, i), elementAt(together, count + i)];
    return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
  });
}
