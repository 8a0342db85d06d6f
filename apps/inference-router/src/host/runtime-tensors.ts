import { type InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Datatype, Tensor, TensorSpec } from "../domain/tensor.ts";

const TYPES = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  FP32: "float32",
  FP64: "float64",
  BYTES: "string",
} as const satisfies Record<Datatype, string>;

const DATATYPES = new Map(Object.entries(TYPES).map(([ours, theirs]) => [theirs as string, ours as Datatype]));

/** A declared tensor of a session. Fails for types that cannot travel (complex numbers, 4-bit integers, bfloat16). */
export function specOf(value: InferenceSession.TensorValueMetadata): TensorSpec {
  const shape = value.shape.map((size) => (typeof size === "number" && size >= 0 ? size : -1));
  return { name: value.name, datatype: datatypeOf(value.name, value.type), shape };
}

function datatypeOf(name: string, type: string): Datatype {
  const datatype = DATATYPES.get(type);
  if (datatype === undefined) throw new Error(`the tensor ${name} has the type ${type}, which cannot be served`);
  return datatype;
}

export function toRuntime({ datatype, shape, bytes }: Tensor): RuntimeTensor {
  if (datatype === "BYTES") return new RuntimeTensor("string", textsOf(bytes), shape);
  if (datatype === "BOOL") return new RuntimeTensor("bool", bytes, shape);
  return new RuntimeTensor(TYPES[datatype], elementsOf(datatype, bytes) as Float32Array, shape);
}

export function fromRuntime(name: string, tensor: RuntimeTensor | undefined): Tensor {
  if (tensor === undefined) throw new Error(`the model did not give the output ${name}`);
  const datatype = datatypeOf(name, tensor.type);
  const { data, dims } = tensor;
  if (datatype === "BYTES") return { name, datatype, shape: dims, bytes: bytesOf(data as readonly string[]) };
  const view = data as Uint8Array;
  return { name, datatype, shape: dims, bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) };
}

const ARRAYS = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

function elementsOf(datatype: Exclude<Datatype, "BYTES" | "BOOL">, bytes: Uint8Array) {
  const array = ARRAYS[datatype];
  // A typed array must start at a multiple of its element size; what does not is copied.
  const source = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength / array.BYTES_PER_ELEMENT);
}

function textsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let offset = 0; offset < buffer.byteLength; ) {
    const start = offset + 4;
    offset = start + buffer.readUInt32LE(offset);
    texts.push(buffer.toString("utf8", start, offset));
  }
  return texts;
}

function bytesOf(texts: readonly string[]): Uint8Array {
  return Buffer.concat(
    texts.flatMap((text) => {
      const content = Buffer.from(text, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32LE(content.byteLength);
      return [length, content];
    }),
  );
}
