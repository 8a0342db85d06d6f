import type { FeatureValue } from "@throughline/kernel";
import type { Feature, FeatureStatus } from "../domain/features.ts";

const STATUSES: readonly FeatureStatus[] = ["present", "missing", "stale"];
const HAS_EVENT_TIME = 0x10;
const HAS_KNOWLEDGE_TIME = 0x20;
const STATUS_MASK = 0x0f;

/**
 * What a row has beside its values: for each a byte of status and flags, and the times that the flags announce. Gives where it ends;
 * it takes `timesSize` bytes.
 */
export function writeTimes(vector: readonly Feature[], to: DataView, at: number): number {
  let offset = at;
  for (let i = 0; i < vector.length; i++) {
    const { status, eventTimeNs, knowledgeTimeNs } = vector[i] as Feature;
    const flags =
      (eventTimeNs === undefined ? 0 : HAS_EVENT_TIME) | (knowledgeTimeNs === undefined ? 0 : HAS_KNOWLEDGE_TIME);
    to.setUint8(offset, STATUSES.indexOf(status) | flags);
    offset += 1;
    if (eventTimeNs !== undefined) {
      to.setBigInt64(offset, eventTimeNs, true);
      offset += 8;
    }
    if (knowledgeTimeNs !== undefined) {
      to.setBigInt64(offset, knowledgeTimeNs, true);
      offset += 8;
    }
  }
  return offset;
}

export function timesSize(vector: readonly Feature[]): number {
  let size = vector.length;
  for (let i = 0; i < vector.length; i++) {
    const { eventTimeNs, knowledgeTimeNs } = vector[i] as Feature;
    size += (eventTimeNs === undefined ? 0 : 8) + (knowledgeTimeNs === undefined ? 0 : 8);
  }
  return size;
}

/** What `writeTimes` writes, in bytes of its own. */
export function encodeTimes(vector: readonly Feature[]): Buffer {
  const bytes = Buffer.allocUnsafe(timesSize(vector));
  writeTimes(vector, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  return bytes;
}

/** The row of these values and of what `writeTimes` wrote. */
export function decodeTimes(bytes: Buffer, values: readonly FeatureValue[]): readonly Feature[] {
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
