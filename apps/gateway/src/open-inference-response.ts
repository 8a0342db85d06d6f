import type { InferParameter, ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { jsonOfRaw } from "./tensor-json.ts";

/** An answer for REST: the protocol's JSON, and the binary tensor data that stands behind it. */
export interface RestAnswer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly binary: readonly Uint8Array[];
}

/** The protocol's form of an answer, whose outputs are raw. */
export function inferResponse(answered: ModelInferResponse, isBinary: (output: string) => boolean): RestAnswer {
  const binary: Uint8Array[] = [];
  const outputs = answered.outputs.map(({ name, datatype, shape, parameters }, i) => {
    const raw = answered.rawOutputContents[i] ?? new Uint8Array();
    const described = { name, datatype, shape: shape.map(Number) };
    const others = parametersJson(parameters);
    if (!isBinary(name)) return { ...described, ...(others && { parameters: others }), data: jsonOfRaw(datatype, raw) };
    binary.push(raw);
    return { ...described, parameters: { ...others, binary_data_size: raw.byteLength } };
  });
  const json = {
    model_name: answered.modelName,
    model_version: answered.modelVersion,
    ...(answered.id === "" ? {} : { id: answered.id }),
    parameters: parametersJson(answered.parameters) ?? {},
    outputs,
  };
  return { json, binary };
}

function parametersJson(parameters: Readonly<Record<string, InferParameter>>): Record<string, unknown> | undefined {
  let json: Record<string, unknown> | undefined;
  for (const key in parameters) {
    const parameter = parameters[key];
    if (parameter === undefined) continue;
    json ??= {};
    json[key] = parameterJson(parameter);
  }
  return json;
}

function parameterJson({ parameterChoice: { value } }: InferParameter): unknown {
  return typeof value === "bigint" ? wholeJson(value) : (value ?? null);
}

/** A whole number as JSON has it: as text where JSON's numbers are not exact. */
export const wholeJson = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
