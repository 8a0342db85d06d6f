import type { Shadow, ShadowEntry } from "../domain/prediction.ts";

const AS_OF_AT = 16;
const SCORES_AT = 28;

/**
 * The payload of a `shadow` frame: offset of the facts u32, latency in microseconds u32, time in ms f64, `as_of` i64, number of
 * scores u32, the scores f64, and primary, node and failure as JSON, followed by group and uniform if an interval follows from them.
 */
export function encodeShadow(shadow: ShadowEntry, factsOffset: number): Buffer {
  const { scores, primary, node, failure, basis } = shadow;
  const texts = [primary, node, failure, ...(basis ? [basis.group, basis.uniform] : [])];
  const head = Buffer.allocUnsafe(SCORES_AT + 8 * scores.length);
  head.writeUInt32LE(factsOffset, 0);
  head.writeUInt32LE(Math.min(shadow.latencyUs, 0xffff_ffff), 4);
  head.writeDoubleLE(shadow.timeMs, 8);
  head.writeBigInt64LE(shadow.asOfNs, AS_OF_AT);
  head.writeUInt32LE(scores.length, AS_OF_AT + 8);
  scores.forEach((it, i) => {
    head.writeDoubleLE(it, SCORES_AT + 8 * i);
  });
  return Buffer.concat([head, Buffer.from(JSON.stringify(texts))]);
}

/** The instant whose knowledge was used, without reading the rest. */
export const shadowAsOfOf = (payload: Buffer): bigint => payload.readBigInt64LE(AS_OF_AT);

export function decodeShadow(payload: Buffer): Omit<Shadow, "facts" | "position"> {
  const count = payload.readUInt32LE(AS_OF_AT + 8);
  const end = SCORES_AT + 8 * count;
  const [primary, node, failure, group, uniform] = JSON.parse(payload.toString("utf8", end)) as Texts;
  return {
    primary,
    node,
    failure,
    scores: Array.from({ length: count }, (_, i) => payload.readDoubleLE(SCORES_AT + 8 * i)),
    latencyUs: payload.readUInt32LE(4),
    timeMs: payload.readDoubleLE(8),
    asOfNs: shadowAsOfOf(payload),
    ...(group !== undefined && { basis: { group, uniform } }),
  };
}

type Texts = [primary: string, node: string, failure: string, group: string | undefined, uniform: number];
