import { type Datatype as AnyDatatype, elementBytes, elementOf, type NumberType } from "@throughline/kernel/datatypes";

/** Element types that the model runtime can take and give: those of the protocol but bfloat16. */
export type Datatype = Exclude<AnyDatatype, "BF16">;

type Sized = Exclude<Datatype, "BYTES">;

const SIZED = [
  ...(["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"] as const),
  ...(["FP16", "FP32", "FP64"] as const),
] as const satisfies readonly NumberType[];

/** Bytes of one element. BYTES elements have a length of their own: 4 bytes of it, little-endian, and then the content. */
export const ELEMENT_BYTES: Readonly<Record<Sized, number>> = Object.fromEntries(
  SIZED.map((it) => [it, elementBytes(it)]),
) as Record<Sized, number>;

/** What a model declares of a tensor. A size of -1 takes any. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** What a model takes and gives. Outputs that are no tensors (sequences, maps) are left out. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** A tensor: `bytes` are its elements, little-endian and row by row, exactly as many as the shape says. */
export interface Tensor extends TensorSpec {
  readonly bytes: Uint8Array;
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The tensors whose first dimension has the rows of all parts, in order. Parts have the same name, type and row shape. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error("there is nothing to put together");
  if (rest.length === 0) return first;
  const rows = parts.reduce((sum, it) => sum + (it.shape[0] ?? 0), 0);
  return { ...first, shape: [rows, ...first.shape.slice(1)], bytes: Buffer.concat(parts.map((it) => it.bytes)) };
}

/** Cuts a tensor along its first dimension into parts of so many rows. The counts sum to the number of rows. */
export function splitRows(tensor: Tensor, counts: readonly number[]): readonly Tensor[] {
  if (counts.length === 1) return [tensor];
  const { name, datatype } = tensor;
  const rowShape = tensor.shape.slice(1);
  const rowElements = elementCount(rowShape);
  let shape: readonly number[] = [];
  let offset = 0;
  return counts.map((rows) => {
    const end = advance(tensor, offset, rows * rowElements);
    // Parts of as many rows, which most are, have one shape.
    if (shape[0] !== rows) shape = [rows, ...rowShape];
    const part = { name, datatype, shape, bytes: tensor.bytes.subarray(offset, end) };
    offset = end;
    return part;
  });
}

function advance({ datatype, bytes }: Tensor, offset: number, elements: number): number {
  if (datatype !== "BYTES") return offset + elements * ELEMENT_BYTES[datatype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = offset;
  for (let i = 0; i < elements; i++) end += 4 + view.getUint32(end, true);
  return end;
}

/** The element of an output that is read as a score: as a double; NaN for types that are no numbers. */
export function elementAt({ bytes, datatype }: Pick<Tensor, "bytes" | "datatype">, index: number): number {
  if (datatype === "BYTES") return Number.NaN;
  return Number(elementOf(datatype, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), index));
}

/** One row of FP32 for a model's input. */
export function fp32Row(name: string, values: readonly number[]): Tensor {
  const data = new Float32Array(values);
  return { name, datatype: "FP32", shape: [1, values.length], bytes: new Uint8Array(data.buffer) };
}

/** One row at a time of a tensor of so many. Texts, which have no one size, are told apart once. */
export function rowSlicer(tensor: Tensor, count: number): (row: number) => Tensor {
  const { name, datatype, bytes } = tensor;
  if (datatype === "BYTES") {
    let parts: readonly Tensor[] | undefined;
    return (row) => {
      parts ??= splitRows(
        tensor,
        Array.from({ length: count }, () => 1),
      );
      return parts[row] as Tensor;
    };
  }
  const shape = [1, ...tensor.shape.slice(1)];
  const size = bytes.byteLength / count;
  return (row) => ({ name, datatype, shape, bytes: bytes.subarray(row * size, (row + 1) * size) });
}
