import type { ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import { type JsonBytes, keyAt, numberAt, sizesAt, space, take, textAt } from "./json-bytes.ts";

/** The model that a path names. */
export interface Model {
  readonly name: string;
  readonly version: string;
}

/**
 * Reads the one form of body that most requests have, `{"inputs":[{"name","shape","datatype","data":[numbers]}]}` with one
 * input of FP32 and perhaps an id, from its bytes and without an object for each part. Undefined for any other body, right or
 * wrong: `inferRequest` reads those, and says what is wrong with them. What is read here it would read to the same bits.
 */
export function quickInferRequest(bytes: Uint8Array, { name, version }: Model): ModelInferRequest | undefined {
  const json: JsonBytes = { bytes, at: 0 };
  let id: string | undefined;
  let input: Input | undefined;
  space(json);
  if (!take(json, OPEN_OBJECT)) return undefined;
  do {
    const key = keyAt(json);
    // What is there, or else: nothing is read twice, and nothing is passed over.
    if (key === "inputs" && input === undefined) {
      input = onlyInput(json);
      if (input === undefined) return undefined;
    } else if (key === "id" && id === undefined) {
      id = textAt(json);
      if (id === undefined) return undefined;
    } else return undefined;
    space(json);
  } while (take(json, COMMA));
  if (!take(json, CLOSE_OBJECT)) return undefined;
  space(json);
  if (input === undefined || json.at !== bytes.length) return undefined;
  return {
    $typeName: "inference.ModelInferRequest",
    modelName: name,
    modelVersion: version,
    id: id ?? "",
    parameters: {},
    inputs: [
      {
        $typeName: "inference.ModelInferRequest.InferInputTensor",
        name: input.name,
        datatype: DATATYPE,
        shape: input.shape.map(BigInt),
        parameters: {},
      },
    ],
    outputs: [],
    rawInputContents: [new Uint8Array(input.elements.buffer)],
  };
}

const DATATYPE = "FP32";
const FP32_MAX = 3.4028234663852886e38;
/** Longer lists are no matter of a few microseconds. */
const ELEMENTS_MAX = 1 << 16;

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: Float32Array<ArrayBuffer>;
}

/** A list of one input; undefined for any other. */
function onlyInput(json: JsonBytes): Input | undefined {
  space(json);
  if (!take(json, OPEN_LIST)) return undefined;
  space(json);
  const input = take(json, OPEN_OBJECT) ? inputAt(json) : undefined;
  space(json);
  return take(json, CLOSE_LIST) ? input : undefined;
}

function inputAt(json: JsonBytes): Input | undefined {
  let name: string | undefined;
  let datatype: string | undefined;
  let shape: readonly number[] | undefined;
  let elements: Float32Array<ArrayBuffer> | undefined;
  do {
    const key = keyAt(json);
    let found: unknown;
    if (key === "name" && name === undefined) found = name = textAt(json);
    else if (key === "datatype" && datatype === undefined) found = datatype = textAt(json);
    else if (key === "shape" && shape === undefined) found = shape = sizesAt(json);
    else if (key === "data" && elements === undefined) found = elements = singlesAt(json);
    if (found === undefined) return undefined;
    space(json);
  } while (take(json, COMMA));
  if (!take(json, CLOSE_OBJECT) || name === undefined || shape === undefined || elements === undefined)
    return undefined;
  const isWhole = datatype === DATATYPE && shape.reduce((product, it) => product * it, 1) === elements.length;
  return isWhole ? { name, shape, elements } : undefined;
}

/** Elements while they are read: how many there are is known at the end. It grows to what the longest list needed. */
let scratch = new Float32Array(256);

/** A list of numbers that are all within the range of a single. */
function singlesAt(json: JsonBytes): Float32Array<ArrayBuffer> | undefined {
  space(json);
  if (!take(json, OPEN_LIST)) return undefined;
  let count = 0;
  space(json);
  if (!take(json, CLOSE_LIST)) {
    do {
      const value = numberAt(json);
      // A token that is none gives NaN, which is not within either.
      if (!(value <= FP32_MAX && value >= -FP32_MAX) || count === ELEMENTS_MAX) return undefined;
      if (count === scratch.length) {
        const grown = new Float32Array(2 * count);
        grown.set(scratch);
        scratch = grown;
      }
      scratch[count++] = value;
      space(json);
    } while (take(json, COMMA));
    if (!take(json, CLOSE_LIST)) return undefined;
  }
  return scratch.slice(0, count);
}
