import { create, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type InferParameter,
  InferParameterSchema,
  type ModelInferRequestSchema,
  type ModelInferResponse,
} from "@throughline/contracts/inference/open_inference_pb";
import { invalidField } from "@throughline/kernel";
import { jsonElements, rawElements, tensorContents } from "./tensor-json.ts";

type InferRequest = Pick<MessageInitShape<typeof ModelInferRequestSchema>, "id" | "parameters" | "inputs" | "outputs">;

/** Reads an inference request from the protocol's JSON. Fails with INVALID_FIELD and the path of what is wrong. */
export function inferRequest(json: JsonValue | undefined): InferRequest {
  const body = object(json, "body");
  return {
    id: text(body["id"] ?? "", "id"),
    parameters: parameters(body["parameters"], "parameters"),
    inputs: list(body["inputs"], "inputs").map((it, i) => inputTensor(it, `inputs[${i}]`)),
    outputs: list(body["outputs"] ?? [], "outputs").map((it, i) => ({
      name: text(object(it, `outputs[${i}]`)["name"], `outputs[${i}].name`),
    })),
  };
}

function inputTensor(json: JsonValue, path: string) {
  const tensor = object(json, path);
  const datatype = text(tensor["datatype"], `${path}.datatype`);
  const shape = list(tensor["shape"], `${path}.shape`).map((it, i) => size(it, `${path}.shape[${i}]`));
  const elements = flattened(list(tensor["data"], `${path}.data`), shape, `${path}.data`);
  return {
    name: text(tensor["name"], `${path}.name`),
    datatype,
    shape: shape.map(BigInt),
    parameters: parameters(tensor["parameters"], `${path}.parameters`),
    contents: tensorContents(datatype, elements, path),
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

/** The protocol's JSON of an answer. */
export function inferResponse(answered: ModelInferResponse) {
  return {
    model_name: answered.modelName,
    model_version: answered.modelVersion,
    ...(answered.id === "" ? {} : { id: answered.id }),
    parameters: Object.fromEntries(Object.entries(answered.parameters).map(([key, it]) => [key, parameterValue(it)])),
    outputs: answered.outputs.map(({ name, datatype, shape, contents }, i) => {
      const raw = answered.rawOutputContents[i];
      const data = raw === undefined ? jsonElements(datatype, contents) : rawElements(datatype, raw);
      return { name, datatype, shape: shape.map(Number), data };
    }),
  };
}

function parameters(json: JsonValue | undefined, path: string): Record<string, InferParameter> {
  const entries = Object.entries(json === undefined ? {} : object(json, path));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      create(InferParameterSchema, { parameterChoice: choice(value, `${path}.${key}`) }),
    ]),
  );
}

function choice(value: JsonValue, path: string): InferParameter["parameterChoice"] {
  if (typeof value === "boolean") return { case: "boolParam", value };
  if (typeof value === "string") return { case: "stringParam", value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { case: "int64Param", value: BigInt(value) } : { case: "doubleParam", value };
  }
  throw invalidField(path, "expected text, a number or a truth value");
}

function parameterValue({ parameterChoice }: InferParameter): unknown {
  const { value } = parameterChoice;
  return typeof value === "bigint" ? wholeToJson(value) : (value ?? null);
}

const wholeToJson = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();

function object(json: JsonValue | undefined, path: string): Record<string, JsonValue> {
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

function size(json: JsonValue, path: string): number {
  if (typeof json !== "number" || !Number.isSafeInteger(json) || json < 0)
    throw invalidField(path, "expected a whole number from 0 on");
  return json;
}
