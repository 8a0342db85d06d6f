import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/**
 * Writes the parts of an ONNX file. Field numbers are the format's. The contract of libs/contracts is for reading (it has no
 * attributes of operators) and this package is pure, so the few messages that are written here are written directly.
 */

/** Element types of the format. */
export const ELEMENT = { float32: 1, int64: 7, text: 8, flag: 9, float64: 11 } as const;

export type ElementName = keyof typeof ELEMENT;

/** A constant of a graph. Numbers are written in the tensor's own type. */
export type OnnxTensor = { readonly name: string; readonly dims: readonly number[] } & (
  | { readonly type: "float32" | "float64"; readonly values: ArrayLike<number> }
  | { readonly type: "int64"; readonly values: readonly bigint[] }
  | { readonly type: "text"; readonly values: readonly string[] }
);

/** The value of an operator's attribute: a bigint is a whole number, an object holds a list of its own type. */
export type OnnxAttribute =
  | bigint
  | string
  | { readonly wholes: readonly bigint[] }
  | { readonly numbers: readonly number[] }
  | { readonly texts: readonly string[] };

/** One operator. `domain` is left out for the standard operators. */
export interface OnnxNode {
  readonly operator: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or output of a graph: rows, and so many elements in each. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementName;
  readonly width: number;
}

/** The name of the dimension of rows. */
const ROWS = "rows";

const delimited = (writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void): BinaryWriter => {
  write(writer.tag(field, WireType.LengthDelimited).fork());
  return writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const whole = (writer: BinaryWriter, field: number, value: bigint | number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);

/** A field that holds a message whose bytes are known. */
export const embedded = (writer: BinaryWriter, field: number, bytes: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(bytes);

export function nodeBytes({ operator, domain, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  const writer = new BinaryWriter();
  for (const it of inputs) text(writer, 1, it);
  for (const it of outputs) text(writer, 2, it);
  text(writer, 4, operator);
  for (const [name, value] of Object.entries(attributes)) delimited(writer, 5, (it) => attribute(it, name, value));
  if (domain !== undefined) text(writer, 7, domain);
  return writer.finish();
}

const ATTRIBUTE_TYPE = { whole: 2, text: 3, numbers: 6, wholes: 7, texts: 8 } as const;

function attribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  const typed = (type: keyof typeof ATTRIBUTE_TYPE): void => void whole(writer, 20, ATTRIBUTE_TYPE[type]);
  if (typeof value === "bigint") {
    whole(writer, 3, value);
    typed("whole");
  } else if (typeof value === "string") {
    text(writer, 4, value);
    typed("text");
  } else if ("numbers" in value) {
    for (const it of value.numbers) writer.tag(7, WireType.Bit32).float(it);
    typed("numbers");
  } else if ("wholes" in value) {
    for (const it of value.wholes) whole(writer, 8, it);
    typed("wholes");
  } else {
    for (const it of value.texts) text(writer, 9, it);
    typed("texts");
  }
}

export function tensorBytes(tensor: OnnxTensor): Uint8Array {
  const writer = new BinaryWriter();
  for (const it of tensor.dims) whole(writer, 1, it);
  whole(writer, 2, ELEMENT[tensor.type]);
  if (tensor.type === "text") for (const it of tensor.values) text(writer, 6, it);
  text(writer, 8, tensor.name);
  if (tensor.type !== "text") embedded(writer, 9, rawElements(tensor));
  return writer.finish();
}

/** The elements, little-endian on every machine. */
function rawElements(tensor: Exclude<OnnxTensor, { type: "text" }>): Uint8Array {
  const size = tensor.type === "float32" ? 4 : 8;
  const view = new DataView(new ArrayBuffer(size * tensor.values.length));
  if (tensor.type === "int64") tensor.values.forEach((it, i) => void view.setBigInt64(i * size, it, true));
  else {
    for (let i = 0; i < tensor.values.length; i++) {
      if (tensor.type === "float32") view.setFloat32(i * size, tensor.values[i] as number, true);
      else view.setFloat64(i * size, tensor.values[i] as number, true);
    }
  }
  return new Uint8Array(view.buffer);
}

export function valueBytes({ name, type, width }: OnnxValue): Uint8Array {
  const writer = text(new BinaryWriter(), 1, name);
  return delimited(writer, 2, (types) =>
    delimited(types, 1, (tensor) => {
      whole(tensor, 1, ELEMENT[type]);
      delimited(tensor, 2, (shape) => {
        delimited(shape, 1, (it) => text(it, 2, ROWS));
        delimited(shape, 1, (it) => whole(it, 1, width));
      });
    }),
  ).finish();
}

/** An imported operator set. */
export const opsetBytes = (domain: string, version: bigint | number): Uint8Array =>
  whole(text(new BinaryWriter(), 1, domain), 2, version).finish();

/** A named text of a model. */
export const propertyBytes = (key: string, value: string): Uint8Array =>
  text(text(new BinaryWriter(), 1, key), 2, value).finish();
