import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import {
  type InferTensorContents,
  InferTensorContentsSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField } from "@throughline/kernel";

type ContentsField = keyof Omit<InferTensorContents, "$typeName" | "$unknown">;

/** The field of the contents that has the elements of a type. FP16 has none: it travels as raw bytes alone. */
const FIELDS: Readonly<Record<string, ContentsField>> = {
  BOOL: "boolContents",
  INT8: "intContents",
  INT16: "intContents",
  INT32: "intContents",
  INT64: "int64Contents",
  UINT8: "uintContents",
  UINT16: "uintContents",
  UINT32: "uintContents",
  UINT64: "uint64Contents",
  FP32: "fp32Contents",
  FP64: "fp64Contents",
  BYTES: "bytesContents",
};

const fieldOf = (datatype: string): ContentsField | undefined =>
  Object.hasOwn(FIELDS, datatype) ? FIELDS[datatype] : undefined;

const FP32_MAX = 3.4028234663852886e38;

/** Elements of JSON as contents. `path` is that of the tensor. Fails with INVALID_FIELD for what does not fit the type. */
export function tensorContents(datatype: string, elements: JsonValue[], path: string): InferTensorContents {
  const field = fieldOf(datatype);
  if (!field) {
    throw invalidField(`${path}.datatype`, `"${datatype.slice(0, 32)}" is no datatype that JSON can carry here`);
  }
  // The hot case by itself: numbers go in as they are.
  if (field === "fp64Contents" || field === "fp32Contents") return realContents(field, elements, path);
  const isWide = field === "int64Contents" || field === "uint64Contents";
  const wrong = isWide ? elements.findIndex((it) => typeof it === "number" && !Number.isSafeInteger(it)) : -1;
  if (wrong >= 0)
    throw invalidField(`${path}.data[${wrong}]`, "a number beyond 2^53 is not exact in JSON: send it as text");
  const values = field === "bytesContents" ? elements.map((it, i) => base64(it, `${path}.data[${i}]`)) : elements;
  try {
    return fromJson(InferTensorContentsSchema, { [field]: values });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidField(`${path}.data`, why.replace(/^cannot decode .* from JSON: /, ""));
  }
}

function realContents(field: "fp32Contents" | "fp64Contents", elements: JsonValue[], path: string) {
  const most = field === "fp32Contents" ? FP32_MAX : Number.MAX_VALUE;
  const wrong = elements.findIndex((it) => !(typeof it === "number" && Math.abs(it) <= most));
  if (wrong >= 0) throw invalidField(`${path}.data[${wrong}]`, "expected a number within the range of the datatype");
  return create(InferTensorContentsSchema, { [field]: elements });
}

function base64(json: JsonValue, path: string): string {
  if (typeof json !== "string") throw invalidField(path, "expected text");
  return Buffer.from(json, "utf8").toString("base64");
}

/** Contents as elements of JSON. */
export function jsonElements(datatype: string, contents: InferTensorContents | undefined): unknown[] {
  const field = fieldOf(datatype);
  if (!field) throw new Error(`${datatype} has no typed contents`);
  const decoder = new TextDecoder();
  return (contents?.[field] ?? []).map((it) => (it instanceof Uint8Array ? decoder.decode(it) : numberToJson(it)));
}

/** JSON has no NaN and no infinities, which become null as JavaScript writes them; and no exact numbers beyond 2^53. */
function numberToJson(value: number | bigint | boolean): number | string | boolean | null {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

type Read = (view: DataView, at: number) => number | bigint | boolean;

const RAW: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  BOOL: [1, (view, at) => view.getUint8(at) !== 0],
  INT8: [1, (view, at) => view.getInt8(at)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT64: [8, (view, at) => view.getBigInt64(at, true)],
  UINT8: [1, (view, at) => view.getUint8(at)],
  UINT16: [2, (view, at) => view.getUint16(at, true)],
  UINT32: [4, (view, at) => view.getUint32(at, true)],
  UINT64: [8, (view, at) => view.getBigUint64(at, true)],
  FP16: [2, (view, at) => halfToNumber(view.getUint16(at, true))],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  FP64: [8, (view, at) => view.getFloat64(at, true)],
};

/** Raw bytes, in the protocol's little-endian order, as elements of JSON. */
export function rawElements(datatype: string, bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype === "BYTES") return rawTexts(bytes, view);
  const [size, read] = RAW[datatype] ?? [];
  if (!size || !read) throw new Error(`${datatype} is no datatype that JSON can carry`);
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, i) => numberToJson(read(view, i * size)));
}

/** Each text stands behind its length in four bytes. */
function rawTexts(bytes: Uint8Array, view: DataView): string[] {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const start = at + 4;
    at = start + view.getUint32(at, true);
    texts.push(decoder.decode(bytes.subarray(start, at)));
  }
  return texts;
}

/** IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
