import { create, type JsonValue } from "@bufbuild/protobuf";
import {
  type InferParameter,
  InferParameterSchema,
  type ModelInferRequest,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField } from "@throughline/kernel";
import { rawOfJson } from "./tensor-json.ts";

/** Whole but for the model: a message is not made anew of one that has its type's name. */
type Message = Omit<ModelInferRequest, "modelName" | "modelVersion">;

/** An inference request as it came over REST. */
export interface RestInfer {
  readonly message: Message;
  /** True if the caller wants an output as binary tensor data. */
  readonly isBinary: (output: string) => boolean;
}

/**
 * Reads an inference request from the protocol's JSON and the binary tensor data behind it. Whatever form the tensors came
 * in, they are raw from here on. Fails with INVALID_FIELD and the path of what is wrong.
 */
export function inferRequest(json: JsonValue | undefined, binary: Uint8Array): RestInfer {
  const body = object(json, "body");
  const data = binaryData(binary);
  const tensors = list(body["inputs"], "inputs").map((it, i) => inputTensor(it, `inputs[${i}]`, data));
  data.end();
  const { binary_data_output: allBinary, ...rest } = optional(body["parameters"], "parameters");
  const isAllBinary = flag(allBinary ?? false, "parameters.binary_data_output");
  const outputs = list(body["outputs"] ?? [], "outputs").map((it, i) => requestedOutput(it, `outputs[${i}]`));
  const binaryOutputs = new Map(outputs.map((it) => [it.output.name, it.isBinary ?? isAllBinary]));
  return {
    message: {
      $typeName: "inference.ModelInferRequest",
      id: text(body["id"] ?? "", "id"),
      parameters: parameters(rest, "parameters"),
      inputs: tensors.map((it) => it.input),
      outputs: outputs.map((it) => it.output),
      rawInputContents: tensors.map((it) => it.raw),
    },
    isBinary: (output) => binaryOutputs.get(output) ?? isAllBinary,
  };
}

function inputTensor(json: JsonValue, path: string, binary: BinaryData) {
  const tensor = object(json, path);
  const datatype = text(tensor["datatype"], `${path}.datatype`);
  const shape = list(tensor["shape"], `${path}.shape`).map((it, i) => size(it, `${path}.shape[${i}]`));
  const { binary_data_size: binarySize, ...rest } = optional(tensor["parameters"], `${path}.parameters`);
  const input: ModelInferRequest["inputs"][number] = {
    $typeName: "inference.ModelInferRequest.InferInputTensor",
    name: text(tensor["name"], `${path}.name`),
    datatype,
    shape: shape.map(BigInt),
    parameters: parameters(rest, `${path}.parameters`),
  };
  if (binarySize !== undefined) {
    const at = `${path}.parameters.binary_data_size`;
    if (tensor["data"] !== undefined) throw invalidField(`${path}.data`, "must not be set beside binary_data_size");
    return { input, raw: binary.take(size(binarySize, at), at) };
  }
  // Where the elements are shall be in shared memory: the router says why that is not offered.
  if (tensor["data"] === undefined && "shared_memory_region" in rest) return { input, raw: new Uint8Array() };
  const elements = flattened(list(tensor["data"], `${path}.data`), shape, `${path}.data`);
  const count = shape.reduce((product, it) => product * it, 1);
  if (elements.length !== count) {
    throw invalidField(`${path}.data`, `has ${elements.length} elements where the shape says ${count}`);
  }
  return { input, raw: rawOfJson(datatype, elements, path) };
}

function requestedOutput(json: JsonValue, path: string) {
  const output = object(json, path);
  const { binary_data: binary, ...rest } = optional(output["parameters"], `${path}.parameters`);
  return {
    output: {
      $typeName: "inference.ModelInferRequest.InferRequestedOutputTensor" as const,
      name: text(output["name"], `${path}.name`),
      parameters: parameters(rest, `${path}.parameters`),
    },
    isBinary: binary === undefined ? undefined : flag(binary, `${path}.parameters.binary_data`),
  };
}

type BinaryData = ReturnType<typeof binaryData>;

/** What stands behind the JSON: the data of each binary input, one right after the other. The parts are views. */
function binaryData(bytes: Uint8Array) {
  let at = 0;
  return {
    take(byteLength: number, path: string): Uint8Array<ArrayBuffer> {
      const start = at;
      const left = bytes.byteLength - start;
      if (byteLength > left) throw invalidField(path, `says ${byteLength} bytes where ${left} are left`);
      at = start + byteLength;
      return bytes.subarray(start, at) as Uint8Array<ArrayBuffer>;
    },
    end(): void {
      const left = bytes.byteLength - at;
      if (left > 0) throw invalidField("inputs", `${left} bytes behind the JSON belong to no input`);
    },
  };
}

/** The elements row by row, of a flat list or of lists nested as the shape says. */
function flattened(data: JsonValue[], shape: readonly number[], path: string): JsonValue[] {
  if (!data.some(Array.isArray)) return data;
  let level = data;
  for (const [depth, length] of shape.entries()) {
    if (depth > 0) {
      const isRow = (it: JsonValue): boolean => Array.isArray(it) && it.length === length;
      if (!level.every(isRow)) throw invalidField(path, `expected lists of ${length} at depth ${depth}, by the shape`);
      level = level.flat() as JsonValue[];
    } else if (level.length !== length) throw invalidField(path, `expected ${length} items, by the shape`);
  }
  if (level.some(Array.isArray)) throw invalidField(path, "nested deeper than the shape says");
  return level;
}

function parameters(values: Readonly<Record<string, JsonValue>>, path: string): Record<string, InferParameter> {
  const read: Record<string, InferParameter> = {};
  for (const [key, value] of Object.entries(values)) {
    read[key] = create(InferParameterSchema, { parameterChoice: choice(value, `${path}.${key}`) });
  }
  return read;
}

function choice(value: JsonValue, path: string): InferParameter["parameterChoice"] {
  if (typeof value === "boolean") return { case: "boolParam", value };
  if (typeof value === "string") return { case: "stringParam", value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { case: "int64Param", value: BigInt(value) } : { case: "doubleParam", value };
  }
  throw invalidField(path, "expected text, a number or a truth value");
}

const NOTHING: Readonly<Record<string, JsonValue>> = {};

const optional = (json: JsonValue | undefined, path: string): Readonly<Record<string, JsonValue>> =>
  json === undefined ? NOTHING : object(json, path);

function object(json: JsonValue | undefined, path: string): Readonly<Record<string, JsonValue>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalidField(path, "expected an object");
  return json;
}

function list(json: JsonValue | undefined, path: string): JsonValue[] {
  if (!Array.isArray(json)) throw invalidField(path, "expected a list");
  return json;
}

function text(json: JsonValue | undefined, path: string): string {
  if (typeof json !== "string") throw invalidField(path, "expected text");
  return json;
}

function flag(json: JsonValue, path: string): boolean {
  if (typeof json !== "boolean") throw invalidField(path, "expected true or false");
  return json;
}

function size(json: JsonValue, path: string): number {
  if (typeof json !== "number" || !Number.isSafeInteger(json) || json < 0)
    throw invalidField(path, "expected a whole number from 0 on");
  return json;
}
