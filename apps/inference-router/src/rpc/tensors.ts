import { isUtf8 } from "node:buffer";
import type { InferTensorContents, ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import { DomainError, type FieldViolation } from "@throughline/kernel";
import { countElements, readTexts } from "@throughline/kernel/datatypes";
import { ELEMENT_BYTES, elementCount, type Signature, type Tensor, type TensorSpec } from "../domain/tensor.ts";
import { isShared, NO_SHARED_MEMORY, outputViolation } from "./output-tensors.ts";
import { contentsBytes } from "./tensor-contents.ts";

/** Most elements of one tensor: what the largest message could hold of the smallest type. */
const ELEMENTS_MAX = 64 * 1024 * 1024;

/** More dimensions than any tensor has. */
const DIMENSIONS_MAX = 32;
/** Inputs and outputs that one request may name: more are not looked at. */
const TENSORS_MAX = 4_096;
/** Wrong fields that are told at once. */
const VIOLATIONS_MAX = 20;

/** Reads the inputs of a request and checks them against the model. Fails with the wrong fields, the first 20 at once. */
export function tensorsFromProto(request: ModelInferRequest, signature: Signature): readonly Tensor[] {
  const usual = usualTensor(request, signature);
  if (usual) return [usual];
  const violations: FieldViolation[] = [];
  for (const path of ["inputs", "outputs"] as const) {
    const { length } = request[path];
    if (length > TENSORS_MAX) throw inputsInvalid([{ path, description: `has ${length}, more than ${TENSORS_MAX}` }]);
  }
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
  const names = new Set<string>();
  request.inputs.forEach(({ name }, i) => {
    const isTwice = names.has(name);
    if (isTwice) violations.push({ path: `inputs[${i}].name`, description: `"${name.slice(0, 100)}" comes twice` });
    names.add(name);
  });
  for (const { name } of signature.inputs) {
    if (!names.has(name)) violations.push({ path: "inputs", description: `the input "${name}" is missing` });
  }
  request.outputs.forEach((it, i) => {
    const violation = outputViolation(it, `outputs[${i}]`, signature);
    if (violation) violations.push(violation);
  });
  if (violations.length > 0) throw inputsInvalid(violations);
  return tensors;
}

/**
 * The tensor of a request that is as most are: raw numbers for the one input of the model, of the declared shape, and no word about
 * outputs. Undefined for any other, right or wrong.
 */
function usualTensor(
  { inputs, outputs, rawInputContents }: ModelInferRequest,
  signature: Signature,
): Tensor | undefined {
  const [input] = inputs;
  const [bytes] = rawInputContents;
  const [declared] = signature.inputs;
  if (input === undefined || bytes === undefined || declared === undefined) return undefined;
  if (inputs.length + rawInputContents.length + signature.inputs.length > 3 || outputs.length > 0) return undefined;
  const { name, datatype } = declared;
  if (input.name !== name || input.datatype !== datatype || input.contents !== undefined) return undefined;
  if (datatype === "BYTES" || datatype === "BOOL" || declared.shape.length !== input.shape.length) return undefined;
  for (const _ in input.parameters) return undefined;
  const shape: number[] = [];
  let size = ELEMENT_BYTES[datatype];
  for (let i = 0; i < input.shape.length; i++) {
    const length = Number(input.shape[i]);
    const wanted = declared.shape[i];
    if (!(length >= 0 && length <= ELEMENTS_MAX) || (wanted !== -1 && wanted !== length)) return undefined;
    size *= length;
    shape.push(length);
  }
  // An empty shape may be one that is not known, which the general way looks at.
  return shape.length > 0 && size === bytes.byteLength ? { name, datatype, shape, bytes } : undefined;
}

class Wrong extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

function inputsInvalid(all: readonly FieldViolation[]): DomainError {
  const violations = all.slice(0, VIOLATIONS_MAX);
  const told = violations.map((it) => `${it.path}: ${it.description}`).join("; ");
  return new DomainError("invalid", "INPUTS_INVALID", `The request does not fit the model: ${told}`, { violations });
}

type InputMessage = ModelInferRequest["inputs"][number];

function checkedSpec(input: InputMessage, at: { readonly path: string; readonly signature: Signature }): TensorSpec {
  const { path, signature } = at;
  const declared = signature.inputs.find((it) => it.name === input.name);
  if (!declared) throw new Wrong(`${path}.name`, `the model has no input "${input.name.slice(0, 100)}"`);
  if (isShared(input.parameters)) throw new Wrong(`${path}.parameters`, NO_SHARED_MEMORY);
  const { datatype } = declared;
  if (input.datatype !== datatype) {
    throw new Wrong(`${path}.datatype`, `expected ${datatype}, not "${input.datatype.slice(0, 100)}"`);
  }
  if (input.shape.length > DIMENSIONS_MAX) throw new Wrong(`${path}.shape`, `more than ${DIMENSIONS_MAX} dimensions`);
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
    const found = countElements(datatype, raw);
    if (found !== count) {
      throw new Wrong(
        `${path}.shape`,
        `says ${count} elements, and raw_input_contents has ${found ?? "no whole number of them"}`,
      );
    }
    if (datatype === "BYTES" && !readTexts(raw)?.every((it) => isUtf8(it))) {
      throw new Wrong(path, "has texts that are not UTF-8");
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
