import type { InferParameter, ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { jsonOfRaw } from "./tensor-json.ts";

/**
 * The JSON text of an answer whose outputs are all JSON: what `JSON.stringify` makes of `inferResponse`, without the objects in
 * between. Undefined for parameters that are no texts and outputs that have parameters.
 */
export function inferAnswerText(answered: ModelInferResponse): string | undefined {
  const { modelName, modelVersion, id, parameters, outputs, rawOutputContents } = answered;
  let text = `{"model_name":${quoted(modelName)},"model_version":${quoted(modelVersion)}`;
  if (id !== "") text += `,"id":${quoted(id)}`;
  text += ',"parameters":{';
  let separator = "";
  for (const key in parameters) {
    const value = parameters[key] && textOf(parameters[key]);
    if (value === undefined) return undefined;
    text += `${separator}${quoted(key)}:${value}`;
    separator = ",";
  }
  text += '},"outputs":[';
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i];
    const raw = rawOutputContents[i];
    if (output === undefined || raw === undefined) return undefined;
    for (const _ in output.parameters) return undefined;
    const { name, datatype, shape } = output;
    text += `${i > 0 ? "," : ""}{"name":${quoted(name)},"datatype":${quoted(datatype)},"shape":[${shape}]`;
    text += `,"data":${datatype === "FP32" ? singlesText(raw) : JSON.stringify(jsonOfRaw(datatype, raw))}}`;
  }
  return `${text}]}`;
}

/** Of the elements of a tensor; what JSON has no number for is null. */
function singlesText(raw: Uint8Array): string {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let text = "[";
  for (let at = 0; at + 4 <= raw.byteLength; at += 4) {
    const value = view.getFloat32(at, true);
    text += `${at > 0 ? "," : ""}${Number.isFinite(value) ? value : null}`;
  }
  return `${text}]`;
}

/** Texts that JSON writes as they are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** The texts of parameters: most are the same objects for every answer of a release. */
const known = new WeakMap<InferParameter, string>();

function textOf(parameter: InferParameter): string | undefined {
  const { parameterChoice: choice } = parameter;
  if (choice.case !== "stringParam") return undefined;
  // What is plain is quoted faster than it is looked up.
  if (PLAIN.test(choice.value)) return `"${choice.value}"`;
  let text = known.get(parameter);
  if (text === undefined) {
    text = JSON.stringify(choice.value);
    known.set(parameter, text);
  }
  return text;
}
