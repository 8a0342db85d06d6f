import { isUtf8 } from "node:buffer";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  InferTensorContents,
  InferTensorContentsSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { type Datatype, ELEMENT_BYTES, elementCount, type Tensor } from "../domain/tensor.ts";

type Typed = Exclude<Datatype, "FP16" | "BYTES">;
type NumberField = Exclude<keyof InferTensorContents, "$typeName" | "$unknown" | "bytesContents">;

/** The field of the contents that has the elements of a type. */
const FIELDS: Readonly<Record<Typed, NumberField>> = {
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
};

/** Writes one element; false if it is out of the type's range. */
type Put = (view: DataView, at: number, value: never) => unknown;

const whole =
  (least: number, most: number, put: (view: DataView, at: number, value: number) => void) =>
  (view: DataView, at: number, value: number): boolean => {
    put(view, at, value);
    return value >= least && value <= most;
  };

const PUT = {
  BOOL: (view: DataView, at: number, value: boolean) => void view.setUint8(at, value ? 1 : 0),
  INT8: whole(-128, 127, (view, at, value) => view.setInt8(at, value)),
  INT16: whole(-32_768, 32_767, (view, at, value) => view.setInt16(at, value, true)),
  INT32: (view: DataView, at: number, value: number) => void view.setInt32(at, value, true),
  INT64: (view: DataView, at: number, value: bigint) => void view.setBigInt64(at, value, true),
  UINT8: whole(0, 255, (view, at, value) => view.setUint8(at, value)),
  UINT16: whole(0, 65_535, (view, at, value) => view.setUint16(at, value, true)),
  UINT32: (view: DataView, at: number, value: number) => void view.setUint32(at, value, true),
  UINT64: (view: DataView, at: number, value: bigint) => void view.setBigUint64(at, value, true),
  FP32: (view: DataView, at: number, value: number) => void view.setFloat32(at, value, true),
  FP64: (view: DataView, at: number, value: number) => void view.setFloat64(at, value, true),
} as const satisfies Record<Typed, Put>;

const GET = {
  BOOL: (view: DataView, at: number) => view.getUint8(at) !== 0,
  INT8: (view: DataView, at: number) => view.getInt8(at),
  INT16: (view: DataView, at: number) => view.getInt16(at, true),
  INT32: (view: DataView, at: number) => view.getInt32(at, true),
  INT64: (view: DataView, at: number) => view.getBigInt64(at, true),
  UINT8: (view: DataView, at: number) => view.getUint8(at),
  UINT16: (view: DataView, at: number) => view.getUint16(at, true),
  UINT32: (view: DataView, at: number) => view.getUint32(at, true),
  UINT64: (view: DataView, at: number) => view.getBigUint64(at, true),
  FP32: (view: DataView, at: number) => view.getFloat32(at, true),
  FP64: (view: DataView, at: number) => view.getFloat64(at, true),
} as const satisfies Record<Typed, (view: DataView, at: number) => unknown>;

/** The bytes of typed contents and how many elements there are; no bytes if an element does not fit the type. */
export function contentsBytes(
  datatype: Exclude<Datatype, "FP16">,
  contents: InferTensorContents | undefined,
): { readonly bytes: Uint8Array | undefined; readonly found: number } {
  if (datatype === "BYTES") return textsBytes(contents?.bytesContents ?? []);
  const elements = (contents?.[FIELDS[datatype]] ?? []) as unknown as readonly never[];
  const size = ELEMENT_BYTES[datatype];
  const bytes = new Uint8Array(elements.length * size);
  const view = new DataView(bytes.buffer);
  const put = PUT[datatype] as Put;
  const fits = elements.every((value, i) => put(view, i * size, value) !== false);
  return { bytes: fits ? bytes : undefined, found: elements.length };
}

function textsBytes(texts: readonly Uint8Array[]) {
  const parts = texts.flatMap((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.byteLength);
    return [length, text];
  });
  return { bytes: texts.every((it) => isUtf8(it)) ? Buffer.concat(parts) : undefined, found: texts.length };
}

/** The elements of a tensor as typed contents. */
export function contentsOf(tensor: Tensor): MessageInitShape<typeof InferTensorContentsSchema> {
  const { datatype, bytes, shape } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = elementCount(shape);
  if (datatype === "BYTES") return { bytesContents: textsOf(bytes, view) };
  if (datatype === "FP16") throw new Error("FP16 has no typed contents");
  const [size, get] = [ELEMENT_BYTES[datatype], GET[datatype]];
  return { [FIELDS[datatype]]: Array.from({ length: count }, (_, i) => get(view, i * size)) };
}

function textsOf(bytes: Uint8Array, view: DataView): Uint8Array<ArrayBuffer>[] {
  const texts: Uint8Array<ArrayBuffer>[] = [];
  for (let offset = 0; offset < bytes.byteLength; ) {
    const start = offset + 4;
    offset = start + view.getUint32(offset, true);
    texts.push(Uint8Array.from(bytes.subarray(start, offset)));
  }
  return texts;
}
