import { createHash } from "node:crypto";
import { canonicalRowBytes, type Digest, type FeatureValue } from "@throughline/kernel";
import type { Entity } from "../domain/features.ts";
import type { PayloadReference, Prediction, PredictionEntry, RequestKey } from "../domain/prediction.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import { decodeTimes, encodeTimes } from "./feature-times.ts";
import { beginFrame, type EncodedFrame, endFrame, type FrameKind, type LogFrame, PAYLOAD_AT } from "./frame.ts";
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
const DIGEST_BYTES = 32;

/** The instant whose knowledge a prediction used, without reading the rest. */
export const asOfOf = (payload: Buffer): bigint => payload.readBigInt64LE(AS_OF_AT);

/** What follows the head of a prediction. */
export interface EntryParts {
  /** The canonical bytes of the vector, statuses and times of its values, and the canonical bytes of the entity's names and values in turn. */
  readonly row: readonly [Buffer, Buffer, Buffer];
  /** 32 bytes of digest and the id, or nothing. */
  readonly request: Buffer;
  /** Only answers of a graph of several nodes have one. */
  readonly trace: Buffer | undefined;
  /** Bytes of everything but the request. */
  readonly inputBytes: number;
}

export function partsOfEntry(entry: PredictionEntry): EntryParts {
  const row = [entry.vectorBytes, encodeTimes(entry.vector), encodeEntity(entry.entity)] as const;
  const request = entry.request ? encodeRequest(entry.request) : NOTHING;
  const trace = entry.trace && encodeTrace(entry.trace);
  const inputBytes = row[0].byteLength + row[1].byteLength + row[2].byteLength + (trace?.byteLength ?? 0);
  return { row, request, trace, inputBytes };
}

/** Names and values in turn. */
function encodeEntity(entity: Entity): Buffer {
  const flat: FeatureValue[] = [];
  for (const name in entity) flat.push(name, entity[name] ?? null);
  return flat.length === 0 ? NOTHING : canonicalRowBytes(flat);
}

type Head = Pick<PredictionEntry, "latencyUs" | "score" | "timeMs" | "asOfNs">;

/** A `prediction` frame: head, row, request and trace, each part behind its length. */
export const encodePrediction = (entry: PredictionEntry, factsOffset: number, parts: EntryParts): EncodedFrame =>
  encodeEntry("prediction", entry, { factsOffset, parts: partsIn(parts) });

/**
 * An `unsampled` frame: the head; and, if the caller gave a request id, everything that a `prediction` has, because a
 * retry must get the same answer.
 */
export const encodeUnsampled = (entry: PredictionEntry, factsOffset: number, parts: EntryParts): EncodedFrame =>
  encodeEntry("unsampled", entry, { factsOffset, parts: entry.request ? partsIn(parts) : [] });

/** A `referred` frame: head, request, digest of the inputs and their size. */
export function encodeReferred(
  entry: PredictionEntry,
  factsOffset: number,
  { request, payload: { digest, size } }: Pick<EntryParts, "request"> & { readonly payload: PayloadReference },
): EncodedFrame {
  const reference = Buffer.allocUnsafe(DIGEST_BYTES + 8);
  reference.write(digest.slice("sha256:".length), "hex");
  reference.writeBigUInt64LE(BigInt(size), DIGEST_BYTES);
  return encodeEntry("referred", entry, { factsOffset, parts: [request, reference] });
}

/** Inputs that are kept outside of the log. The number makes them differ from those of every other prediction. */
export function encodeInputs({ row, trace }: EntryParts, number: string): Buffer {
  const parts = [Buffer.from(number), ...row, ...(trace ? [trace] : [])];
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, it) => sum + 4 + it.byteLength, 0));
  writeParts(bytes, 0, parts);
  return bytes;
}

const NOTHING = Buffer.alloc(0);

const partsIn = ({ row: [vector, times, entity], request, trace }: EntryParts): readonly Buffer[] =>
  trace === undefined ? [vector, times, entity, request] : [vector, times, entity, request, trace];

function encodeEntry(
  kind: FrameKind,
  entry: Head,
  { factsOffset, parts }: { readonly factsOffset: number; readonly parts: readonly Buffer[] },
): EncodedFrame {
  let size = HEAD_BYTES;
  for (const it of parts) size += 4 + it.byteLength;
  const frame = beginFrame(kind, size);
  frame.writeUInt32LE(factsOffset, PAYLOAD_AT);
  frame.writeUInt32LE(Math.min(entry.latencyUs, 0xffff_ffff), PAYLOAD_AT + 4);
  frame.writeDoubleLE(entry.score, PAYLOAD_AT + 8);
  frame.writeDoubleLE(entry.timeMs, PAYLOAD_AT + 16);
  frame.writeBigInt64LE(entry.asOfNs, PAYLOAD_AT + AS_OF_AT);
  writeParts(frame, PAYLOAD_AT + HEAD_BYTES, parts);
  return endFrame(frame);
}

function writeParts(into: Buffer, start: number, parts: readonly Buffer[]): void {
  let offset = start;
  for (const it of parts) {
    offset = into.writeUInt32LE(it.byteLength, offset);
    into.set(it, offset);
    offset += it.byteLength;
  }
}

export type DecodedPrediction = Omit<Prediction, "id" | "position" | "facts">;

export function decodePrediction(payload: Buffer): DecodedPrediction {
  const [vector, times, entity, request, trace] = partsFrom(payload, HEAD_BYTES);
  return { ...decoded(payload, { vector, times, entity, trace }), ...requestIn(request) };
}

/** Undefined if no more is known than that it was given. */
export const decodeUnsampled = (payload: Buffer): DecodedPrediction | undefined =>
  payload.byteLength === HEAD_BYTES ? undefined : { ...decodePrediction(payload), isSampled: false };

/** Where the inputs of a `referred` prediction are. */
export function payloadOf(payload: Buffer): PayloadReference {
  const [, reference = NOTHING] = partsFrom(payload, HEAD_BYTES);
  const digest: Digest = `sha256:${reference.toString("hex", 0, DIGEST_BYTES)}`;
  return { digest, size: Number(reference.readBigUInt64LE(DIGEST_BYTES)) };
}

/** A `referred` prediction with its inputs. */
export function decodeReferred(payload: Buffer, inputs: Buffer): DecodedPrediction {
  const [request] = partsFrom(payload, HEAD_BYTES);
  const [, vector, times, entity, trace] = partsFrom(inputs, 0);
  return {
    ...decoded(payload, { vector, times, entity, trace }),
    ...requestIn(request),
    payload: payloadOf(payload),
  };
}

type Inputs = Readonly<Record<"vector" | "times" | "entity" | "trace", Buffer | undefined>>;

function decoded(payload: Buffer, { vector = NOTHING, times = NOTHING, entity = NOTHING, trace }: Inputs) {
  const { latencyUs, score, timeMs } = decodeHead(payload);
  const values = readCanonicalRow(vector);
  return {
    ...{ score, latencyUs, timeMs, asOfNs: asOfOf(payload), vector: decodeTimes(times, values) },
    rowDigest: `sha256:${createHash("sha256").update(vector).digest("hex")}`,
    entity: entityOf(readCanonicalRow(entity)),
    ...(trace === undefined ? {} : { trace: decodeTrace(trace) }),
  };
}

const requestIn = (bytes: Buffer | undefined): { readonly request?: RequestKey } =>
  bytes === undefined || bytes.byteLength === 0 ? {} : { request: decodeRequest(bytes) };

/** The request of a prediction of any kind, without reading the rest. */
export function requestOf({ kind, payload }: Pick<LogFrame, "kind" | "payload">): RequestKey | undefined {
  return requestIn(partsFrom(payload, HEAD_BYTES)[kind === "referred" ? 0 : 3]).request;
}

function partsFrom(bytes: Buffer, start: number): readonly (Buffer | undefined)[] {
  const parts: Buffer[] = [];
  for (let offset = start; offset < bytes.byteLength; ) {
    const at = offset + 4;
    offset = at + bytes.readUInt32LE(offset);
    parts.push(bytes.subarray(at, offset));
  }
  return parts;
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
