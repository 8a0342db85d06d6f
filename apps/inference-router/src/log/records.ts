import { createHash } from "node:crypto";
import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { Entity, Feature, FeatureStatus } from "../domain/features.ts";
import type { PinnedService, Prediction, PredictionEntry, ReleaseFacts, RequestKey } from "../domain/prediction.ts";
import { readCanonicalRow } from "./canonical-row.ts";

/** The first record of a segment. */
export interface SegmentHeader {
  readonly format: 1;
  readonly deployment: string;
}

/** The payload of a `release` frame. Versions are texts, because JSON has no whole numbers of 64 bits. */
export function encodeFacts({ featureService, ...facts }: ReleaseFacts): Buffer {
  const viewVersions = Object.entries(facts.viewVersions).map(([view, version]) => [view, String(version)]);
  const pinned = featureService && { ...featureService, version: String(featureService.version) };
  return Buffer.from(JSON.stringify({ ...facts, viewVersions, ...(pinned && { featureService: pinned }) }));
}

type WrittenFacts = Omit<ReleaseFacts, "viewVersions" | "featureService"> & {
  readonly viewVersions: readonly (readonly [string, string])[];
  readonly featureService?: Omit<PinnedService, "version"> & { readonly version: string };
};

export function decodeFacts(payload: Buffer): ReleaseFacts {
  const { featureService, viewVersions, ...facts } = JSON.parse(payload.toString("utf8")) as WrittenFacts;
  return {
    ...facts,
    viewVersions: Object.fromEntries(viewVersions.map(([view, it]) => [view, BigInt(it)])),
    ...(featureService && { featureService: { ...featureService, version: BigInt(featureService.version) } }),
  };
}

/** The payload of a `failure` frame: where its release stands, and when it happened. */
export function encodeFailure(factsOffset: number, timeMs: number): Buffer {
  const payload = Buffer.allocUnsafe(12);
  payload.writeUInt32LE(factsOffset, 0);
  payload.writeDoubleLE(timeMs, 4);
  return payload;
}

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

const STATUSES: readonly FeatureStatus[] = ["present", "missing", "stale"];
const HAS_EVENT_TIME = 0x10;
const HAS_KNOWLEDGE_TIME = 0x20;
const STATUS_MASK = 0x0f;

/**
 * The payload of a `prediction` frame: head, then four parts with their lengths: the canonical bytes of the vector, statuses
 * and times of its values, the canonical bytes of the entity's names and values in turn, and the request (32 bytes of
 * digest and the id) or nothing.
 */
export function encodePrediction(entry: PredictionEntry, factsOffset: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(factsOffset, 0);
  head.writeUInt32LE(Math.min(entry.latencyUs, 0xffff_ffff), 4);
  head.writeDoubleLE(entry.score, 8);
  head.writeDoubleLE(entry.timeMs, 16);
  head.writeBigInt64LE(entry.asOfNs, AS_OF_AT);
  const parts = [
    entry.vectorBytes,
    encodeTimes(entry.vector),
    canonicalRowBytes(Object.entries(entry.entity).flat()),
    entry.request ? encodeRequest(entry.request) : Buffer.alloc(0),
  ];
  return Buffer.concat([head, ...parts.flatMap((it) => [uint32(it.byteLength), it])]);
}

export type DecodedPrediction = Omit<Prediction, "id" | "position" | "facts">;

export function decodePrediction(payload: Buffer): DecodedPrediction {
  const { latencyUs, score, timeMs } = decodeHead(payload);
  const [vectorBytes, times, entity, request] = partsOf(payload);
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
  };
}

/** The request of a prediction, without reading the rest. */
export function requestOf(payload: Buffer): RequestKey | undefined {
  const request = partsOf(payload)[3];
  return request.byteLength > 0 ? decodeRequest(request) : undefined;
}

function partsOf(payload: Buffer): readonly [Buffer, Buffer, Buffer, Buffer] {
  let offset = HEAD_BYTES;
  const next = (): Buffer => {
    const start = offset + 4;
    offset = start + payload.readUInt32LE(offset);
    return payload.subarray(start, offset);
  };
  return [next(), next(), next(), next()];
}

function encodeTimes(vector: readonly Feature[]): Buffer {
  return Buffer.concat(
    vector.map(({ status, eventTimeNs, knowledgeTimeNs }) => {
      const flags =
        (eventTimeNs === undefined ? 0 : HAS_EVENT_TIME) | (knowledgeTimeNs === undefined ? 0 : HAS_KNOWLEDGE_TIME);
      const times = [eventTimeNs, knowledgeTimeNs].filter((it) => it !== undefined);
      const bytes = Buffer.allocUnsafe(1 + 8 * times.length);
      bytes.writeUInt8(STATUSES.indexOf(status) | flags, 0);
      times.forEach((it, i) => {
        bytes.writeBigInt64LE(it, 1 + 8 * i);
      });
      return bytes;
    }),
  );
}

function decodeTimes(bytes: Buffer, values: readonly FeatureValue[]): readonly Feature[] {
  let offset = 0;
  const time = (): bigint => {
    offset += 8;
    return bytes.readBigInt64LE(offset - 8);
  };
  return values.map((value): Feature => {
    const flags = bytes.readUInt8(offset);
    offset += 1;
    return {
      value,
      status: STATUSES[flags & STATUS_MASK] ?? "missing",
      ...(flags & HAS_EVENT_TIME ? { eventTimeNs: time() } : {}),
      ...(flags & HAS_KNOWLEDGE_TIME ? { knowledgeTimeNs: time() } : {}),
    };
  });
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

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
