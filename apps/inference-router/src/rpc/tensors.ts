import { isUtf8 } from "node:buffer";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  InferTensorContents,
  InferTensorContentsSchema,
  ModelInferRequest,
} from "@throughline/contracts/inference/open_inference_pb";
import { DomainError, type FieldViolation } from "@throughline/kernel";
import {
  type Datatype,
  ELEMENT_BYTES,
  elementCount,
  isDatatype,
  type Signature,
  type Tensor,
  type TensorSpec,
} from "../domain/tensor.ts";
import { contentsBytes, contentsOf } from "./tensor-contents.ts";

/** Most elements of one tensor: what the largest message could hold of the smallest type. */
const ELEMENTS_MAX = 64 * 1024 * 1024;

/** Reads the inputs of a request and checks them against the model. Fails with every wrong field at once. */
export function tensorsFromProto(request: ModelInferRequest, signature: Signature): readonly Tensor[] {
  const violations: FieldViolation[] = [];
  const raw = request.rawInputContents;
  const isRaw = raw.length > 0;
  if (isRaw && raw.length !== request.inputs.length) {
    violations.push({
      path: "raw_input_contents",
      description: `has ${raw.length} entries for ${request.inputs.length} inputs`,
    });
  }
  const tensors = request.inputs.flatMap((input, i) => {
    const path = `inputs[${i}]`;
    try {
      const spec = checkedSpec(input, { path, signature });
      return [
        { ...spec, bytes: checkedBytes(spec, { path, raw: isRaw ? raw[i] : undefined, contents: input.contents }) },
      ];
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      violations.push({ path: error.path, description: error.message });
      return [];
    }
  });
  const names = request.inputs.map((it) => it.name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) violations.push({ path: `inputs[${i}].name`, description: `"${name}" comes twice` });
  });
  for (const { name } of signature.inputs) {
    if (!names.includes(name)) violations.push({ path: "inputs", description: `the input "${name}" is missing` });
  }
  request.outputs.forEach(({ name }, i) => {
    if (signature.outputs.some((it) => it.name === name)) return;
    violations.push({ path: `outputs[${i}].name`, description: `the model has no output "${name}"` });
  });
  if (violations.length > 0) throw inputsInvalid(violations);
  return tensors;
}

class Wrong extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

const inputsInvalid = (violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "invalid",
    "INPUTS_INVALID",
    `The request does not fit the model: ${violations.map((it) => `${it.path}: ${it.description}`).join("; ")}`,
    { violations },
  );

type InputMessage = ModelInferRequest["inputs"][number];

function checkedSpec(input: InputMessage, at: { readonly path: string; readonly signature: Signature }): TensorSpec {
  const { path, signature } = at;
  const declared = signature.inputs.find((it) => it.name === input.name);
  if (!declared) throw new Wrong(`${path}.name`, `the model has no input "${input.name}"`);
  const { datatype } = input;
  if (!isDatatype(datatype) || datatype !== declared.datatype) {
    throw new Wrong(`${path}.datatype`, `expected ${declared.datatype}, not "${datatype}"`);
  }
  const shape = input.shape.map(Number);
  if (shape.some((size) => !(size >= 0 && size <= ELEMENTS_MAX)) || elementCount(shape) > ELEMENTS_MAX) {
    throw new Wrong(`${path}.shape`, `sizes are from 0 on, with at most ${ELEMENTS_MAX} elements together`);
  }
  // The runtime tells an empty shape both for scalars and where it knows nothing; then the model itself decides.
  const isOpen = declared.shape.length === 0;
  const fits =
    declared.shape.length === shape.length && declared.shape.every((size, i) => size === -1 || size === shape[i]);
  if (!isOpen && !fits) throw new Wrong(`${path}.shape`, `expected [${declared.shape}], not [${shape}]`);
  return { name: input.name, datatype, shape };
}

interface Elements {
  readonly path: string;
  readonly raw: Uint8Array | undefined;
  readonly contents: InferTensorContents | undefined;
}

function checkedBytes({ datatype, shape }: TensorSpec, { path, raw, contents }: Elements): Uint8Array {
  const count = elementCount(shape);
  if (raw !== undefined) {
    if (contents !== undefined) throw new Wrong(`${path}.contents`, "must not be set beside raw_input_contents");
    const found = rawCount(datatype, raw);
    if (found !== count) {
      throw new Wrong(
        `${path}.shape`,
        `says ${count} elements, and raw_input_contents has ${found ?? "no whole number of them"}`,
      );
    }
    if (datatype === "BOOL" && raw.some((it) => it > 1)) throw new Wrong(path, "has elements that are neither 0 nor 1");
    return raw;
  }
  if (datatype === "FP16") throw new Wrong(`${path}.contents`, "FP16 can be sent in raw_input_contents alone");
  const { bytes, found } = contentsBytes(datatype, contents);
  if (found !== count) throw new Wrong(`${path}.contents`, `has ${found} elements where the shape says ${count}`);
  if (bytes === undefined) throw new Wrong(`${path}.contents`, `has elements that are no ${datatype}`);
  return bytes;
}

/** Elements in raw bytes; undefined if they do not come out even, or a text is not UTF-8. */
function rawCount(datatype: Datatype, raw: Uint8Array): number | undefined {
  if (datatype !== "BYTES") {
    const count = raw.byteLength / ELEMENT_BYTES[datatype];
    return Number.isInteger(count) ? count : undefined;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let count = 0;
  for (let offset = 0; offset < raw.byteLength; count++) {
    if (offset + 4 > raw.byteLength) return undefined;
    const start = offset + 4;
    offset = start + view.getUint32(offset, true);
    if (offset > raw.byteLength || !isUtf8(raw.subarray(start, offset))) return undefined;
  }
  return count;
}

/** The outputs of a response: raw if the request was, and of the asked ones alone. */
export function outputsToProto(request: ModelInferRequest, all: readonly Tensor[]) {
  const asked = request.outputs.map((it) => it.name);
  const outputs = asked.length === 0 ? all : asked.flatMap((name) => all.find((it) => it.name === name) ?? []);
  // FP16 has no field of its own in the contents.
  const isRaw = request.rawInputContents.length > 0 || outputs.some((it) => it.datatype === "FP16");
  return {
    outputs: outputs.map((it) => ({
      name: it.name,
      datatype: it.datatype,
      shape: it.shape.map(BigInt),
      ...(isRaw ? {} : { contents: contentsOf(it) as MessageInitShape<typeof InferTensorContentsSchema> }),
    })),
    rawOutputContents: isRaw ? outputs.map((it) => Uint8Array.from(it.bytes)) : [],
  };
}
