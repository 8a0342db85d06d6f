/**
 * Tells whether an ONNX model names data outside of its own bytes. The runtime would read such files from wherever the
 * process stands; a release is one object, so nothing outside of it may be read. Walks the protobuf wire format by itself,
 * because the parts where tensors can hide (training information, sparse tensors, bodies of loops) are few and all that
 * counts here. Fails for bytes that are not well-formed.
 */
export function namesExternalData(model: Uint8Array): boolean {
  return walk(model, "model", 0);
}

type Kind = "model" | "training" | "function" | "graph" | "node" | "attribute" | "sparse" | "tensor";

/** The fields of each message that lead to tensors. Numbers are those of the ONNX format. */
const FIELDS: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: {},
};

const EXTERNAL_DATA_FIELD = 13;
const DATA_LOCATION_FIELD = 14;
const DEPTH_MAX = 200;

function walk(bytes: Uint8Array, kind: Kind, depth: number): boolean {
  if (depth > DEPTH_MAX) throw new Error("the model is nested too deeply");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < bytes.byteLength) {
    const [tag, start] = varint(bytes, offset);
    const field = Number(tag >> 3n);
    const { end, contentStart, value } = skip({ bytes, view, start, wireType: Number(tag & 7n) });
    if (kind === "tensor" && field === EXTERNAL_DATA_FIELD) return true;
    if (kind === "tensor" && field === DATA_LOCATION_FIELD && value !== 0n) return true;
    const inner = FIELDS[kind][field];
    if (inner !== undefined && contentStart !== undefined) {
      if (walk(bytes.subarray(contentStart, end), inner, depth + 1)) return true;
    }
    offset = end;
  }
  return false;
}

interface Place {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly wireType: number;
}

interface Skipped {
  readonly end: number;
  /** Where the content of a length-delimited field starts. */
  readonly contentStart?: number;
  /** What a varint field holds. */
  readonly value?: bigint;
}

function skip({ bytes, view, start, wireType }: Place): Skipped {
  if (wireType === 0) {
    const [value, end] = varint(bytes, start);
    return { end, value };
  }
  if (wireType === 1 || wireType === 5) return within(view, { end: start + (wireType === 1 ? 8 : 4) });
  if (wireType !== 2) throw new Error("the model has a field of an unknown wire type");
  const [length, contentStart] = varint(bytes, start);
  return within(view, { contentStart, end: contentStart + Number(length) });
}

function within(view: DataView, skipped: Skipped): Skipped {
  if (skipped.end > view.byteLength) throw new Error("the model is cut off");
  return skipped;
}

function varint(bytes: Uint8Array, start: number): readonly [value: bigint, end: number] {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new Error("the model is cut off");
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return [value, start + i + 1];
  }
  throw new Error("the model has a number that is too long");
}
