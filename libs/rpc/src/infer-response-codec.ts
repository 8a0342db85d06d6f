import type {
  InferParameter,
  ModelInferResponse,
  ModelInferResponse_InferOutputTensor as OutputTensor,
} from "@throughline/contracts/inference/open_inference_pb";

/**
 * Writes a ModelInferResponse whose tensors are raw and whose parameters are texts, as the library does, but for the order of
 * its fields. Undefined for any other, which is left to the library.
 */
export function encodeInferResponse(message: ModelInferResponse): Buffer | undefined {
  const size = sizeOf(message);
  // What is unknown here makes the sum no number.
  if (Number.isNaN(size)) return undefined;
  const writer: Writer = { bytes: Buffer.allocUnsafe(size), at: 0 };
  text(writer, 1, message.modelName);
  text(writer, 2, message.modelVersion);
  text(writer, 3, message.id);
  for (const key in message.parameters) writeParameter(writer, key, stringOf(message.parameters[key]) ?? "");
  for (const it of message.outputs) writeOutput(writer, it);
  for (const it of message.rawOutputContents) {
    head(writer, 6, it.byteLength);
    writer.bytes.set(it, writer.at);
    writer.at += it.byteLength;
  }
  return writer.bytes;
}

function sizeOf(message: ModelInferResponse): number {
  if (message.$unknown) return Number.NaN;
  let size = textSize(message.modelName) + textSize(message.modelVersion) + textSize(message.id);
  for (const key in message.parameters) {
    const value = stringOf(message.parameters[key]);
    size += value === undefined ? Number.NaN : delimited(parameterSize(key, value));
  }
  for (const it of message.outputs) size += delimited(outputSize(it));
  for (const it of message.rawOutputContents) size += delimited(it.byteLength);
  return size;
}

interface Writer {
  readonly bytes: Buffer;
  at: number;
}

const stringOf = (parameter: InferParameter | undefined): string | undefined =>
  parameter?.parameterChoice.case === "stringParam" ? parameter.parameterChoice.value : undefined;

/** An entry of the map: the key, and a message that has the text in its field 3, also if it is empty. */
const parameterSize = (key: string, value: string): number =>
  delimited(Buffer.byteLength(key)) + delimited(delimited(Buffer.byteLength(value)));

function writeParameter(writer: Writer, key: string, value: string): void {
  head(writer, 4, parameterSize(key, value));
  const length = Buffer.byteLength(value);
  head(writer, 1, Buffer.byteLength(key));
  writer.at += writer.bytes.write(key, writer.at);
  head(writer, 2, delimited(length));
  head(writer, 3, length);
  writer.at += writer.bytes.write(value, writer.at);
}

function outputSize({ name, datatype, shape, parameters, contents, $unknown }: OutputTensor): number {
  if (contents !== undefined || $unknown) return Number.NaN;
  for (const _ in parameters) return Number.NaN;
  const inShape = shapeSize(shape);
  return textSize(name) + textSize(datatype) + (inShape === 0 ? 0 : delimited(inShape));
}

function writeOutput(writer: Writer, output: OutputTensor): void {
  head(writer, 5, outputSize(output));
  text(writer, 1, output.name);
  text(writer, 2, output.datatype);
  const size = shapeSize(output.shape);
  if (size === 0) return;
  head(writer, 3, size);
  for (const it of output.shape) varint(writer, Number(it));
}

/** Bytes of the sizes; not a number if one of them is no small number. */
function shapeSize(shape: readonly bigint[]): number {
  let size = 0;
  for (const it of shape) size += it >= 0n && it < 0x10000000n ? varintSize(Number(it)) : Number.NaN;
  return size;
}

/** Bytes of a field of text; none for an empty one, which is not written. */
const textSize = (value: string): number => (value === "" ? 0 : delimited(Buffer.byteLength(value)));

/** Bytes of a length-delimited field with so many bytes of content. */
const delimited = (length: number): number => 1 + varintSize(length) + length;

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  // Larger than any message that is sent.
  return value < 0x10000000 ? 4 : Number.NaN;
}

function text(writer: Writer, field: number, value: string): void {
  if (value === "") return;
  head(writer, field, Buffer.byteLength(value));
  writer.at += writer.bytes.write(value, writer.at);
}

function head(writer: Writer, field: number, length: number): void {
  writer.bytes[writer.at++] = (field << 3) | 2;
  varint(writer, length);
}

function varint(writer: Writer, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    writer.bytes[writer.at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  writer.bytes[writer.at++] = rest;
}
