import { createHash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { Entity } from "../domain/features.ts";
import type { Prediction, PredictionEntry, RequestKey } from "../domain/prediction.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import { decodeTimes, encodeTimes } from "./feature-times.ts";
import { decodeTrace, encodeTrace } from "./trace-record.ts";

/** The first record of a segment. */
export interface SegmentHeader {
  readonly format: 1;
  readonly deployment: string;
}

/** The payload of a `failure` frame: where its release stands, and when it happened. */
export function encodeFailure(factsOffset: number, timeMs: number): Buffer {
  const payload = Buffer.allocUnsafe(12);
  payload.writeUInt32LE(factsOffset, 0);
  payload.writeDoubleLE(timeMs, 4);
  return payload;
}

export const decodeFailure = (payload: Buffer): { readonly timeMs: number } => ({ timeMs: payload.readDoubleLE(4) });

/** The part of a prediction that counting needs, at the head of its payload. */
export interface PredictionHead {
  readonly factsOffset: number;
  readonly latencyUs: number;
  readonly score: number;
  readonly timeMs: number;
}

export const factsOffsetOf = (payload: Buffer): number => payload.readUInt32LE(0);

export const decodeHead = (payload: Buffer): PredictionHead => ({
  factsOffset: payload.readUInt32LE(0),
  latencyUs: payload.readUInt32LE(4),
  score: payload.readDoubleLE(8),
  timeMs: payload.readDoubleLE(16),
});

const AS_OF_AT = 24;
const HEAD_BYTES = 32;

/** The instant whose knowledge a prediction used, without reading the rest. */
export const asOfOf = (payload: Buffer): bigint => payload.readBigInt64LE(AS_OF_AT);

/**
 * The payload of a `prediction` frame: head, then four parts with their lengths: the canonical bytes of the vector, statuses
 * and times of its values, the canonical bytes of the entity's names and values in turn, and the request (32 bytes of
 * digest and the id) or nothing. Answers of a graph of several nodes have a fifth part, the trace.
 */
export function encodePrediction(entry: PredictionEntry, factsOffset: number): Buffer {
  const parts = [
    entry.vectorBytes,
    encodeTimes(entry.vector),
    canonicalRowBytes(Object.entries(entry.entity).flat()),
    entry.request ? encodeRequest(entry.request) : NOTHING,
  ];
  if (entry.trace) parts.push(encodeTrace(entry.trace));
  let size = HEAD_BYTES;
  for (const it of parts) size += 4 + it.byteLength;
  const payload = Buffer.allocUnsafe(size);
  payload.writeUInt32LE(factsOffset, 0);
  payload.writeUInt32LE(Math.min(entry.latencyUs, 0xffff_ffff), 4);
  payload.writeDoubleLE(entry.score, 8);
  payload.writeDoubleLE(entry.timeMs, 16);
  let offset = payload.writeBigInt64LE(entry.asOfNs, AS_OF_AT);
  for (const it of parts) {
    offset = payload.writeUInt32LE(it.byteLength, offset);
    payload.set(it, offset);
    offset += it.byteLength;
  }
  return payload;
}

const NOTHING = Buffer.alloc(0);

export type DecodedPrediction = Omit<Prediction, "id" | "position" | "facts">;

export function decodePrediction(payload: Buffer): DecodedPrediction {
  const { latencyUs, score, timeMs } = decodeHead(payload);
  const [vectorBytes, times, entity, request, trace] = partsOf(payload);
  const values = readCanonicalRow(vectorBytes);
  return {
    score,
    latencyUs,
    timeMs,
    asOfNs: asOfOf(payload),
    vector: decodeTimes(times, values),
    rowDigest: `sha256:${createHash("sha256").update(vectorBytes).digest("hex")}`,
    entity: entityOf(readCanonicalRow(entity)),
    ...(request.byteLength > 0 ? { request: decodeRequest(request) } : {}),
    ...(trace === undefined ? {} : { trace: decodeTrace(trace) }),
  };
}

/** The request of a prediction, without reading the rest. */
export function requestOf(payload: Buffer): RequestKey | undefined {
  const request = partsOf(payload)[3];
  return request.byteLength > 0 ? decodeRequest(request) : undefined;
}

function partsOf(payload: Buffer): readonly [Buffer, Buffer, Buffer, Buffer, Buffer?] {
  let offset = HEAD_BYTES;
  const next = (): Buffer => {
    const start = offset + 4;
    offset = start + payload.readUInt32LE(offset);
    return payload.subarray(start, offset);
  };
  const always = [next(), next(), next(), next()] as const;
  return offset < payload.byteLength ? [...always, next()] : always;
}

function entityOf(flat: readonly FeatureValue[]): Entity {
  const entries = flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1] ?? null] as const] : []));
  return Object.fromEntries(entries);
}

const encodeRequest = ({ id, digest }: RequestKey): Buffer =>
  Buffer.concat([Buffer.from(digest.slice("sha256:".length), "hex"), Buffer.from(id, "utf8")]);

const decodeRequest = (bytes: Buffer): RequestKey => ({
  digest: `sha256:${bytes.toString("hex", 0, 32)}`,
  id: bytes.toString("utf8", 32),
});
