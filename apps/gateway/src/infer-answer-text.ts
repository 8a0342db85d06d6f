import type { InferParameter, ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import { jsonOfRaw } from "./tensor-json.ts";

/**
 * The JSON text of an answer whose outputs are all JSON: what `JSON.stringify` makes of `inferResponse`, without the objects in
 * between. Undefined for parameters that are no texts and outputs that have parameters.
 */
export function inferAnswerText(answered: ModelInferResponse): string | undefined {
  const { id, outputs, rawOutputContents } = answered;
  const lead = leadOf(answered);
  if (lead === undefined) return undefined;
  let text = lead.start;
  if (id !== "") text += `,"id":${quoted(id)}`;
  const parameters = parametersText(answered.parameters, lead);
  if (parameters === undefined) return undefined;
  text += `,"parameters":{${parameters}},"outputs":[`;
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i];
    const raw = rawOutputContents[i];
    if (output === undefined || raw === undefined) return undefined;
    for (const _ in output.parameters) return undefined;
    const { name, datatype, shape } = output;
    text += `${i > 0 ? "," : ""}{"name":${quotedName(name)},"datatype":${quotedName(datatype)},"shape":[${shape}]`;
    text += `,"data":${dataText(datatype, raw)}}`;
  }
  return `${text}]}`;
}

/** What answers of one release begin with: most of their parameters are the same objects, whose text is made once. */
interface Lead {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly start: string;
  readonly keys: readonly string[];
  readonly parameters: readonly InferParameter[];
  /** Of those parameters, separated by commas. */
  readonly text: string;
}

const NOTHING: Lead = { modelName: "", modelVersion: "", start: "", keys: [], parameters: [], text: "" };

/** By the first parameter of an answer. */
const leads = new WeakMap<InferParameter, Lead>();

/** The beginning of an answer, of the one before with the same first parameter if it fits. Undefined if a parameter is no text. */
function leadOf({ modelName, modelVersion, parameters }: ModelInferResponse): Lead | undefined {
  let first: InferParameter | undefined;
  for (const key in parameters) {
    first = parameters[key];
    break;
  }
  const before = first && leads.get(first);
  if (before && before.modelName === modelName && before.modelVersion === modelVersion && isIn(before, parameters))
    return before;
  const start = `{"model_name":${quoted(modelName)},"model_version":${quoted(modelVersion)}`;
  // Of the first answer all parameters, and then those that the next one has too.
  const all = Object.keys(parameters);
  const keys = before ? all.slice(0, sharedCount(before, parameters)) : all;
  const kept = keys.map((it) => parameters[it] as InferParameter);
  const text = textsOf(keys, kept);
  if (text === undefined) return undefined;
  const lead: Lead = { modelName, modelVersion, start, keys, parameters: kept, text };
  if (first) leads.set(first, lead);
  return lead;
}

type Parameters = Readonly<Record<string, InferParameter>>;

const isIn = (lead: Lead, parameters: Parameters): boolean => sharedCount(lead, parameters) === lead.keys.length;

/** How many of the parameters at the beginning are the same as before, under the same keys. */
function sharedCount({ keys, parameters: before }: Lead, parameters: Parameters): number {
  let count = 0;
  for (const key in parameters) {
    if (count === keys.length || key !== keys[count] || parameters[key] !== before[count]) break;
    count += 1;
  }
  return count;
}

function parametersText(parameters: Parameters, lead: Lead): string | undefined {
  let { text } = lead;
  let index = 0;
  for (const key in parameters) {
    if (index++ < lead.keys.length) continue;
    const value = parameters[key] && textOf(parameters[key]);
    if (value === undefined) return undefined;
    text += `${text === "" ? "" : ","}${quotedName(key)}:${value}`;
  }
  return text;
}

function textsOf(keys: readonly string[], parameters: readonly InferParameter[]): string | undefined {
  return parametersText(Object.fromEntries(keys.map((it, i) => [it, parameters[i] as InferParameter])), NOTHING);
}

/** Of the elements of a tensor. Scores and labels, which most answers are of, without a list of them. */
function dataText(datatype: string, raw: Uint8Array): string {
  if (datatype === "FP32") return singlesText(raw);
  return datatype === "INT64" ? wholesText(raw) : JSON.stringify(jsonOfRaw(datatype, raw));
}

/** What JSON has no number for is null. */
function singlesText(raw: Uint8Array): string {
  let text = "[";
  for (let at = 0; at + 4 <= raw.byteLength; at += 4) {
    const value = singleAt(raw, at);
    text += `${at > 0 ? "," : ""}${Number.isFinite(value) ? value : null}`;
  }
  return `${text}]`;
}

/** What a number of JSON does not hold exactly is text. */
function wholesText(raw: Uint8Array): string {
  let text = "[";
  for (let at = 0; at + 8 <= raw.byteLength; at += 8) {
    const [low, high] = [bitsAt(raw, at) >>> 0, bitsAt(raw, at + 4)];
    const value = high * 2 ** 32 + low;
    const digits = Number.isSafeInteger(value) ? value : `"${(BigInt(high) << 32n) | BigInt(low)}"`;
    text += at > 0 ? `,${digits}` : digits;
  }
  return `${text}]`;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

function singleAt(raw: Uint8Array, at: number): number {
  singleBits[0] = bitsAt(raw, at);
  return single[0] as number;
}

/** Four bytes, without a view of them: an object for each output, which most have few elements of. */
function bitsAt(raw: Uint8Array, at: number): number {
  const low = (raw[at] as number) | ((raw[at + 1] as number) << 8);
  return low | ((raw[at + 2] as number) << 16) | ((raw[at + 3] as number) << 24);
}

/** Texts that JSON writes as they are. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** Names of outputs, types and parameters: there are few, and they come with every answer. */
const names = new Map<string, string>();
const NAMES_MAX = 1_000;

function quotedName(name: string): string {
  let text = names.get(name);
  if (text === undefined) {
    if (names.size >= NAMES_MAX) names.clear();
    text = quoted(name);
    names.set(name, text);
  }
  return text;
}

const textOf = ({ parameterChoice: choice }: InferParameter): string | undefined =>
  choice.case === "stringParam" ? quoted(choice.value) : undefined;
