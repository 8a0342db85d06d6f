import type { ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import { type JsonBytes, keyAt, numberAt, sizesAt, space, take, textAt, wordAt, wordsOf } from "./json-bytes.ts";

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
export function quickInferRequest(bytes: Buffer, { name, version }: Model): ModelInferRequest | undefined {
  const json: JsonBytes = { bytes, at: 0 };
  let id: string | undefined;
  let input: Input | undefined;
  space(json);
  if (!take(json, OPEN_OBJECT)) return undefined;
  do {
    const key = keyAt(json, REQUEST_KEYS);
    // What is there, or else: nothing is read twice, and nothing is passed over.
    if (key === INPUTS && input === undefined) {
      input = onlyInput(json);
      if (input === undefined) return undefined;
    } else if (key === ID && id === undefined) {
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
    parameters: NO_PARAMETERS,
    inputs: [
      {
        $typeName: "inference.ModelInferRequest.InferInputTensor",
        name: input.name,
        datatype: DATATYPE,
        shape: input.shape.map(BigInt),
        parameters: NO_PARAMETERS,
      },
    ],
    outputs: [],
    rawInputContents: [input.elements],
  };
}

/** One for all: nobody changes a message. */
const NO_PARAMETERS: ModelInferRequest["parameters"] = {};
const REQUEST_KEYS = wordsOf("inputs", "id");
const [INPUTS, ID] = [0, 1];
const INPUT_KEYS = wordsOf("name", "shape", "datatype", "data");
const [NAME, SHAPE, TYPE, DATA] = [0, 1, 2, 3];
const DATATYPE = "FP32";
const DATATYPES = wordsOf(DATATYPE);
const ELEMENT_BYTES = 4;
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
  /** Their bytes. */
  readonly elements: Buffer<ArrayBuffer>;
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
  let type: 0 | undefined;
  let shape: readonly number[] | undefined;
  let elements: Buffer<ArrayBuffer> | undefined;
  do {
    const key = keyAt(json, INPUT_KEYS);
    let found: unknown;
    if (key === NAME && name === undefined) found = name = textAt(json);
    else if (key === TYPE && type === undefined) found = type = wordAt(json, DATATYPES) === 0 ? 0 : undefined;
    else if (key === SHAPE && shape === undefined) found = shape = sizesAt(json);
    else if (key === DATA && elements === undefined) found = elements = singlesAt(json);
    if (found === undefined) return undefined;
    space(json);
  } while (take(json, COMMA));
  if (!take(json, CLOSE_OBJECT) || name === undefined || shape === undefined || elements === undefined)
    return undefined;
  const count = shape.reduce((product, it) => product * it, 1);
  const isWhole = type !== undefined && count * ELEMENT_BYTES === elements.length;
  return isWhole ? { name, shape, elements } : undefined;
}

/** Elements while they are read: how many there are is known at the end. It grows to what the longest list needed. */
let scratch = new Float32Array(256);
let scratchBytes = Buffer.from(scratch.buffer);

/** The bytes of a list of numbers that are all within the range of a single. */
function singlesAt(json: JsonBytes): Buffer<ArrayBuffer> | undefined {
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
        scratchBytes = Buffer.from(grown.buffer);
      }
      scratch[count++] = value;
      space(json);
    } while (take(json, COMMA));
    if (!take(json, CLOSE_LIST)) return undefined;
  }
  // Of memory that is at hand: an array with memory of its own costs more than the reading of a small list.
  const elements = Buffer.allocUnsafe(count * ELEMENT_BYTES);
  scratchBytes.copy(elements, 0, 0, elements.length);
  return elements;
}
