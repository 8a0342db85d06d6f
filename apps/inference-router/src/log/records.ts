import { createHash } from "node:crypto";
import type { Digest, FeatureValue } from "@throughline/kernel";
import type { Entity } from "../domain/features.ts";
import type { EncodedInputs, PayloadReference, Prediction, PredictionEntry, RequestKey } from "../domain/prediction.ts";
import { readCanonicalRow } from "./canonical-row.ts";
import type { FrameContent, FrameKind, LogFrame, Sheet } from "./frame.ts";
import { behindLength, encodeInputs, encodeRequest, readVector } from "./inputs-record.ts";
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

const SCORE_AT = 8;
const AS_OF_AT = 24;
export const HEAD_BYTES = 32;
const DIGEST_BYTES = 32;

/** The instant whose knowledge a prediction used, without reading the rest. */
export const asOfOf = (payload: Buffer): bigint => payload.readBigInt64LE(AS_OF_AT);

type Head = Pick<PredictionEntry, "latencyUs" | "score" | "timeMs" | "asOfNs">;

/** What follows the head of a prediction. */
export interface EntryParts {
  readonly inputs: EncodedInputs;
  /** Only answers of a graph of several nodes have one. */
  readonly trace: Buffer | undefined;
}

export const partsOfEntry = (entry: PredictionEntry): EntryParts => ({
  inputs: entry.encoded ?? encodeInputs(entry),
  trace: entry.trace && behindLength(encodeTrace(entry.trace)),
});

/** Bytes of what a deployment may want to have outside of the log. */
export const inputSize = ({ inputs, trace }: EntryParts): number => inputs.rowBytes + (trace?.byteLength ?? 0);

/** A `prediction` frame: head, inputs and trace. */
export const predictionContent = (entry: PredictionEntry, factsOffset: number, parts: EntryParts): FrameContent =>
  entryContent("prediction", entry, { factsOffset, parts: partsIn(parts) });

/**
 * An `unsampled` frame: the head; and, if the caller gave a request id, everything that a `prediction` has, because a
 * retry must get the same answer.
 */
export const unsampledContent = (entry: PredictionEntry, factsOffset: number): FrameContent =>
  entryContent("unsampled", entry, { factsOffset, parts: entry.request ? partsIn(partsOfEntry(entry)) : [] });

/** A `referred` frame: head, request, digest of the inputs and their size. */
export function referredContent(entry: PredictionEntry, factsOffset: number, payload: PayloadReference): FrameContent {
  const parts = [encodeRequest(entry.request), referenceBytes(payload)].map(behindLength);
  return entryContent("referred", entry, { factsOffset, parts });
}

/** Digest and size. */
export function referenceBytes({ digest, size }: PayloadReference): Buffer {
  const reference = Buffer.allocUnsafe(DIGEST_BYTES + 8);
  reference.write(digest.slice("sha256:".length), "hex");
  reference.writeBigUInt64LE(BigInt(size), DIGEST_BYTES);
  return reference;
}

/** Inputs that are kept outside of the log. The number makes them differ from those of every other prediction. */
export function payloadBytes({ inputs: { bytes, rowBytes }, trace = NOTHING }: EntryParts, number: string): Buffer {
  return Buffer.concat([behindLength(Buffer.from(number)), bytes.subarray(0, rowBytes), trace]);
}

const NOTHING = Buffer.alloc(0);

const partsIn = ({ inputs: { bytes }, trace }: EntryParts): readonly Buffer[] =>
  trace === undefined ? [bytes] : [bytes, trace];

function entryContent(
  kind: FrameKind,
  entry: Head,
  { factsOffset, parts }: { readonly factsOffset: number; readonly parts: readonly Buffer[] },
): FrameContent {
  let size = HEAD_BYTES;
  for (const it of parts) size += it.byteLength;
  return {
    kind,
    size,
    write(to, at) {
      to.view.setUint32(at, factsOffset, true);
      writeHead(to, at, entry);
      to.view.setFloat64(at + SCORE_AT, entry.score, true);
      let offset = at + HEAD_BYTES;
      for (const it of parts) {
        to.bytes.set(it, offset);
        offset += it.byteLength;
      }
    },
  };
}

/** What a head says of the answer, but for the score. */
export function writeHead({ view }: Sheet, at: number, head: Omit<Head, "score">): void {
  view.setUint32(at + 4, Math.min(head.latencyUs, 0xffff_ffff), true);
  view.setFloat64(at + 16, head.timeMs, true);
  view.setBigInt64(at + AS_OF_AT, int64(head.asOfNs), true);
}

/** What is set as 64 bits would otherwise lose those above. */
function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} does not fit into 64 bits`);
  return value;
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
  const [, reference] = partsFrom(payload, HEAD_BYTES);
  return readReference(reference);
}

export function readReference(reference: Buffer = NOTHING): PayloadReference {
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
  const row = readVector(vector, times);
  return {
    score,
    latencyUs,
    timeMs,
    asOfNs: asOfOf(payload),
    vector: row.vector,
    ...(row.isByTensors && { isByTensors: true as const }),
    rowDigest: `sha256:${createHash("sha256").update(row.vectorBytes).digest("hex")}`,
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

/** Parts behind their lengths, to the end. */
export function partsFrom(bytes: Buffer, start: number): readonly Buffer[] {
  const parts: Buffer[] = [];
  for (let offset = start; offset < bytes.byteLength; ) {
    const at = offset + 4;
    offset = at + bytes.readUInt32LE(offset);
    parts.push(bytes.subarray(at, offset));
  }
  return parts;
}

/** An entity from its names and values in turn. */
export function entityOf(flat: readonly FeatureValue[]): Entity {
  const entries = flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1] ?? null] as const] : []));
  return Object.fromEntries(entries);
}

const decodeRequest = (bytes: Buffer): RequestKey => ({
  digest: `sha256:${bytes.toString("hex", 0, 32)}`,
  id: bytes.toString("utf8", 32),
});
