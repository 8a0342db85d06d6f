import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { Entity } from "../domain/features.ts";
import type { EncodedInputs, PredictionInputs, RequestKey } from "../domain/prediction.ts";
import { type SinglesRow, singlesRow } from "../domain/singles-row.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import { decodeTimes, timesSize, writeTimes } from "./feature-times.ts";

/**
 * What a prediction is made from, as its record has it: the canonical bytes of the vector, statuses and times of its values, the canonical
 * bytes of the entity's names and values in turn, and the request, each behind its length. A vector that came as FP32 stands there as it came,
 * behind a byte with which no canonical bytes begin, and without statuses and times.
 */
export const encodeInputs = (inputs: PredictionInputs): EncodedInputs =>
  inputs.singles === undefined ? encodeRow(inputs) : encodeSingles(inputs.singles, inputs);

/** Canonical bytes begin with the tag of a type, of which there are few. */
const SINGLES = 0xff;

function encodeSingles(singles: Uint8Array, { entity, request }: PredictionInputs): EncodedInputs {
  const entityBytes = encodeEntity(entity);
  const requestBytes = encodeRequest(request);
  const vectorBytes = 1 + singles.byteLength;
  const rowBytes = 3 * LENGTH_BYTES + vectorBytes + entityBytes.byteLength;
  const bytes = Buffer.allocUnsafe(rowBytes + LENGTH_BYTES + requestBytes.byteLength);
  bytes.writeUInt32LE(vectorBytes, 0);
  bytes[LENGTH_BYTES] = SINGLES;
  bytes.set(singles, LENGTH_BYTES + 1);
  let at = bytes.writeUInt32LE(0, LENGTH_BYTES + vectorBytes);
  for (const part of [entityBytes, requestBytes]) {
    at = bytes.writeUInt32LE(part.byteLength, at);
    bytes.set(part, at);
    at += part.byteLength;
  }
  return { bytes, rowBytes };
}

/** The vector of a record, its canonical bytes, and whether it came as FP32. */
export function readVector(vector: Buffer, times: Buffer): SinglesRow & { readonly isByTensors?: true } {
  if (vector[0] === SINGLES) return { ...singlesRow(vector.subarray(1)), isByTensors: true };
  return { vector: decodeTimes(times, readCanonicalRow(vector)), vectorBytes: vector };
}

function encodeRow({ vectorBytes, vector, entity, request }: PredictionInputs): EncodedInputs {
  const entityBytes = encodeEntity(entity);
  const requestBytes = encodeRequest(request);
  const timesBytes = timesSize(vector);
  const rowBytes = 3 * LENGTH_BYTES + vectorBytes.byteLength + timesBytes + entityBytes.byteLength;
  const bytes = Buffer.allocUnsafe(rowBytes + LENGTH_BYTES + requestBytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const write = (part: Buffer, at: number): number => {
    view.setUint32(at, part.byteLength, true);
    bytes.set(part, at + LENGTH_BYTES);
    return at + LENGTH_BYTES + part.byteLength;
  };
  const timesAt = write(vectorBytes, 0);
  view.setUint32(timesAt, timesBytes, true);
  write(requestBytes, write(entityBytes, writeTimes(vector, view, timesAt + LENGTH_BYTES)));
  return { bytes, rowBytes };
}

const LENGTH_BYTES = 4;

/** A part of a record as it stands there. */
export function behindLength(part: Uint8Array): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(part.byteLength);
  return Buffer.concat([length, part]);
}

const NOTHING = Buffer.alloc(0);

/** Names and values in turn. */
export function encodeEntity(entity: Entity): Buffer {
  const flat: FeatureValue[] = [];
  for (const name in entity) flat.push(name, entity[name] ?? null);
  return flat.length === 0 ? NOTHING : canonicalRowBytes(flat);
}

/** 32 bytes of digest and the id, or nothing. */
export const encodeRequest = (request: RequestKey | undefined): Buffer =>
  request === undefined
    ? NOTHING
    : Buffer.concat([Buffer.from(request.digest.slice("sha256:".length), "hex"), Buffer.from(request.id, "utf8")]);
