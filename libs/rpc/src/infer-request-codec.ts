import type {
  ModelInferRequest_InferInputTensor as InputTensor,
  ModelInferRequest,
} from "@throughline/contracts/inference/open_inference_pb";
import { endOfField, type FieldReader, smallVarint, textIn } from "./field-reader.ts";

/**
 * Reads a ModelInferRequest with raw tensors: model, version, id, inputs of a name, a type and a shape, and their bytes, which
 * are views. Undefined for any other: the library reads those, and says what is wrong with them.
 */
export function decodeInferRequest(bytes: Buffer): ModelInferRequest | undefined {
  const reader: FieldReader = { bytes, at: 0, end: bytes.length };
  const message: ModelInferRequest = {
    $typeName: "inference.ModelInferRequest",
    modelName: "",
    modelVersion: "",
    id: "",
    parameters: {},
    inputs: [],
    outputs: [],
    rawInputContents: [],
  };
  while (reader.at < reader.end) {
    const tag = reader.bytes[reader.at++];
    const end = endOfField(reader);
    if (end === undefined || !readField(message, reader, { tag, end })) return undefined;
    reader.at = end;
  }
  return message;
}

/** A field whose content goes up to `end`. */
interface Field {
  readonly tag: number | undefined;
  readonly end: number;
}

/** Field number and wire type 2, length-delimited. */
const tagOf = (field: number): number => (field << 3) | 2;

const [MODEL_NAME, MODEL_VERSION, ID, INPUTS, RAW] = [tagOf(1), tagOf(2), tagOf(3), tagOf(5), tagOf(7)];
const [NAME, DATATYPE, SHAPE] = [tagOf(1), tagOf(2), tagOf(3)];

/** False if the field is none of those that are read here. */
function readField(message: ModelInferRequest, { bytes, at }: FieldReader, { tag, end }: Field): boolean {
  if (tag === RAW) {
    message.rawInputContents.push(bytes.subarray(at, end) as Uint8Array<ArrayBuffer>);
    return true;
  }
  if (tag === INPUTS) {
    const input = inputIn({ bytes, at, end });
    if (input) message.inputs.push(input);
    return input !== undefined;
  }
  const text = textIn(bytes, at, end);
  if (text === undefined) return false;
  if (tag === MODEL_NAME) message.modelName = text;
  else if (tag === MODEL_VERSION) message.modelVersion = text;
  else if (tag === ID) message.id = text;
  else return false;
  return true;
}

function inputIn(reader: FieldReader): InputTensor | undefined {
  const { bytes } = reader;
  const input: InputTensor = {
    $typeName: "inference.ModelInferRequest.InferInputTensor",
    name: "",
    datatype: "",
    shape: [],
    parameters: {},
  };
  while (reader.at < reader.end) {
    const tag = bytes[reader.at++];
    const end = endOfField(reader);
    if (end === undefined) return undefined;
    if (tag === SHAPE) {
      if (!readShape(input.shape, { bytes, at: reader.at, end })) return undefined;
    } else {
      const text = textIn(bytes, reader.at, end);
      if (text === undefined) return undefined;
      if (tag === NAME) input.name = text;
      else if (tag === DATATYPE) input.datatype = text;
      else return undefined;
    }
    reader.at = end;
  }
  return input;
}

/** Reads packed sizes; false if one of them is no small number. */
function readShape(shape: bigint[], reader: FieldReader): boolean {
  while (reader.at < reader.end) {
    const size = smallVarint(reader);
    if (size === undefined) return false;
    shape.push(BigInt(size));
  }
  return true;
}
