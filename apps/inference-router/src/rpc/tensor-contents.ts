import { isUtf8 } from "node:buffer";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  InferTensorContents,
  InferTensorContentsSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { readElements, readTexts, writeElements, writeTexts } from "@throughline/kernel/datatypes";
import type { Datatype, Tensor } from "../domain/tensor.ts";

type NumberField = Exclude<keyof InferTensorContents, "$typeName" | "$unknown" | "bytesContents">;

/** The field of the contents that has the elements of a type. FP16 has none. */
const FIELDS: Readonly<Record<Exclude<Datatype, "FP16" | "BYTES">, NumberField>> = {
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

/** The bytes of typed contents and how many elements there are; no bytes if an element does not fit the type. */
export function contentsBytes(
  datatype: Exclude<Datatype, "FP16">,
  contents: InferTensorContents | undefined,
): { readonly bytes: Uint8Array | undefined; readonly found: number } {
  if (datatype === "BYTES") {
    const texts = contents?.bytesContents ?? [];
    return { bytes: texts.every((it) => isUtf8(it)) ? writeTexts(texts) : undefined, found: texts.length };
  }
  const elements = contents?.[FIELDS[datatype]] ?? [];
  const bytes = writeElements(datatype, elements);
  return { bytes: typeof bytes === "number" ? undefined : bytes, found: elements.length };
}

/** The elements of a tensor as typed contents. */
export function contentsOf({ datatype, bytes }: Tensor): MessageInitShape<typeof InferTensorContentsSchema> {
  if (datatype === "BYTES") return { bytesContents: (readTexts(bytes) ?? []).map((it) => Uint8Array.from(it)) };
  if (datatype === "FP16") throw new Error("FP16 has no typed contents");
  return { [FIELDS[datatype]]: readElements(datatype, bytes) };
}
