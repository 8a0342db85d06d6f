import { logBusy } from "../domain/errors.ts";
import type { PayloadReference, PredictionEntry, ReleaseFacts, ShadowEntry } from "../domain/prediction.ts";
import type { Logged } from "../domain/prediction-log.ts";
import { addPrediction, type ReleaseTally, tallyOf } from "../domain/tally.ts";
import { encodeFacts } from "./facts-record.ts";
import { type EncodedFrame, encodeFrame } from "./frame.ts";
import { formatPredictionId } from "./prediction-id.ts";
import { type EntryParts, encodeFailure, encodePrediction, encodeReferred, encodeUnsampled } from "./records.ts";
import { addAsOf, type Segment, type WritableSegment } from "./segment.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { encodeShadow } from "./shadow-record.ts";

export interface WriteParts {
  readonly writer: SegmentWriter;
  /** What is counted of the whole log. */
  readonly total: Map<string, ReleaseTally>;
  readonly deployment: string;
  /** Told of each record that there was no room for. */
  readonly onRefused: () => void;
}

/** An entry with its parts, and with its inputs' place if they are not in the record. */
export interface WrittenEntry {
  readonly entry: PredictionEntry;
  readonly encoded: EntryParts;
  readonly payload?: PayloadReference;
}

/** Throws PREDICTION_LOG_BUSY, or fails with PREDICTION_LOG_UNAVAILABLE; then nothing of it is in the log. */
export function writePrediction(segment: WritableSegment, written: WrittenEntry, parts: WriteParts): Promise<Logged> {
  const { entry } = written;
  const { bytes, offset, crc } = framed(segment, recordOf(written), parts);
  const position = { segment: segment.id, offset };
  return parts.writer.append(segment, bytes).then(() => {
    for (const it of [segment.tallies, parts.total]) addPrediction(tallyOf(it, entry.facts.release), entry);
    addAsOf(segment, entry.asOfNs);
    if (entry.request) segment.newestRequestMs = Math.max(segment.newestRequestMs, entry.timeMs);
    return { id: formatPredictionId(position, crc), position };
  });
}

function recordOf({ entry, encoded, payload }: WrittenEntry): Record {
  const { facts } = entry;
  if (entry.isSampled === false) return { facts, encode: (at) => encodeUnsampled(entry, at, encoded) };
  if (payload === undefined) return { facts, encode: (at) => encodePrediction(entry, at, encoded) };
  return { facts, encode: (at) => encodeReferred(entry, at, { ...encoded, payload }) };
}

/** Fails as `writePrediction` does. */
export async function writeShadow(segment: WritableSegment, shadow: ShadowEntry, parts: WriteParts): Promise<void> {
  const encode = (factsOffset: number): EncodedFrame => encodeFrame("shadow", encodeShadow(shadow, factsOffset));
  const { bytes } = framed(segment, { facts: shadow.facts, encode }, parts);
  await parts.writer.append(segment, bytes);
  addAsOf(segment, shadow.asOfNs);
}

/** Notes a failure with the next records. Fails with PREDICTION_LOG_BUSY, and then counts it all the same. */
export function writeFailure(
  segment: WritableSegment,
  { facts, timeMs }: { readonly facts: ReleaseFacts; readonly timeMs: number },
  parts: WriteParts,
): void {
  for (const it of [segment.tallies, parts.total]) tallyOf(it, facts.release).failureCount += 1;
  const encode = (factsOffset: number): EncodedFrame => encodeFrame("failure", encodeFailure(factsOffset, timeMs));
  const { bytes } = framed(segment, { facts, encode }, parts);
  parts.writer.appendLater(segment, bytes);
}

interface Record {
  readonly facts: ReleaseFacts;
  /** Makes the frame, told where the facts of its release stand. */
  readonly encode: (factsOffset: number) => EncodedFrame;
}

/**
 * The bytes of a record, behind what must stand before it: the header of the segment, and the facts of its release. They are accepted
 * together or not at all, so that no record ever points to facts that there was no room for.
 */
function framed(
  segment: WritableSegment,
  { facts, encode }: Record,
  { writer, deployment, onRefused }: WriteParts,
): { readonly bytes: Buffer; readonly offset: number; readonly crc: number } {
  const known = segment.factsOffsets.get(facts.release);
  const start = segment.endBytes;
  if (known !== undefined) {
    const { bytes, crc } = encode(known);
    if (!writer.hasRoom(bytes.byteLength)) throw refused(onRefused);
    return { bytes, crc, offset: start };
  }
  const header = start === 0 ? encodeFrame("segment", headerOf(deployment)).bytes : NOTHING;
  const released = encodeFrame("release", encodeFacts(facts)).bytes;
  const factsOffset = start + header.byteLength;
  const record = encode(factsOffset);
  const bytes = Buffer.concat([header, released, record.bytes]);
  if (!writer.hasRoom(bytes.byteLength)) throw refused(onRefused);
  segment.facts.set(factsOffset, facts);
  // A release never changes, so its name stands for its facts.
  segment.factsOffsets.set(facts.release, factsOffset);
  return { bytes, crc: record.crc, offset: factsOffset + released.byteLength };
}

const NOTHING = Buffer.alloc(0);

const headerOf = (deployment: string): Buffer => Buffer.from(JSON.stringify({ format: 1, deployment }));

function refused(onRefused: () => void): Error {
  onRefused();
  return logBusy();
}

/** After a failed write, facts that did not reach the file have to be written again. */
export function forgetUnwritten(segment: Segment): void {
  for (const offset of segment.facts.keys()) if (offset >= segment.writtenBytes) segment.facts.delete(offset);
  for (const [key, offset] of segment.factsOffsets)
    if (offset >= segment.writtenBytes) segment.factsOffsets.delete(key);
}
