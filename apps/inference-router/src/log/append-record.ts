import { logBusy } from "../domain/errors.ts";
import {
  factsKey,
  type PayloadReference,
  type PredictionEntry,
  type ReleaseFacts,
  type RowsEntry,
  type ShadowEntry,
} from "../domain/prediction.ts";
import type { Logged } from "../domain/prediction-log.ts";
import { predictedRows } from "../domain/row-prediction.ts";
import { addPrediction, addRows, type ReleaseTally, tallyOf } from "../domain/tally.ts";
import { encodeFacts } from "./facts-record.ts";
import { type FrameContent, frameSize, madeContent, writeFrame } from "./frame.ts";
import { formatPredictionId } from "./prediction-id.ts";
import { type EntryParts, encodeFailure, predictionContent, referredContent, unsampledContent } from "./records.ts";
import { type RowsInputs, rowsContent } from "./rows-record.ts";
import { addAsOf, type Segment, type WritableSegment } from "./segment.ts";
import type { Room, SegmentWriter } from "./segment-writer.ts";
import { encodeShadow } from "./shadow-record.ts";

export interface WriteParts {
  readonly writer: SegmentWriter;
  /** What is counted of the whole log. */
  readonly total: Map<string, ReleaseTally>;
  readonly deployment: string;
  /** Told of each record that there was no room for. */
  readonly onRefused: () => void;
  /** Told of each entry that is there, and when it was asked for. */
  readonly onAppended: (calledAt: number) => void;
}

/** An entry with what its record holds, and with its inputs' place if they are not in the record. */
export interface WrittenEntry {
  readonly entry: PredictionEntry;
  readonly calledAt: number;
  /** Unset if it is not in the sample. */
  readonly parts: EntryParts | undefined;
  readonly payload?: PayloadReference;
}

/** Rows with what their record holds of the tensors. */
export interface WrittenRows {
  readonly entry: RowsEntry;
  readonly calledAt: number;
  readonly inputs: RowsInputs;
}

/** Fails with PREDICTION_LOG_BUSY or PREDICTION_LOG_UNAVAILABLE; then nothing of it is in the log. */
export function writePrediction(segment: WritableSegment, written: WrittenEntry, parts: WriteParts): Promise<Logged> {
  const { entry, calledAt } = written;
  const count = (): void => {
    for (const it of [segment.tallies, parts.total]) addPrediction(tallyOf(it, entry.facts.release), entry);
    addAsOf(segment, entry.asOfNs);
    if (entry.request) segment.newestRequestMs = Math.max(segment.newestRequestMs, entry.timeMs);
  };
  return write(segment, { record: recordOf(written), calledAt, count }, parts);
}

/** As `writePrediction`: all rows of a request, or none. */
export function writeRows(
  segment: WritableSegment,
  { entry, inputs, calledAt }: WrittenRows,
  parts: WriteParts,
): Promise<Logged> {
  const { facts } = entry;
  const content = (at: number): FrameContent => rowsContent(entry, at, inputs);
  const count = (): void => {
    const rows = predictedRows(entry, entry.traces !== undefined);
    for (const it of [segment.tallies, parts.total]) addRows(tallyOf(it, facts.release), rows, entry);
    addAsOf(segment, entry.asOfNs);
  };
  return write(segment, { record: { facts, content }, calledAt, count }, parts);
}

interface Writing {
  readonly record: Record;
  readonly calledAt: number;
  /** Counts it when it is there. */
  readonly count: () => void;
}

function write(segment: WritableSegment, { record, calledAt, count }: Writing, parts: WriteParts): Promise<Logged> {
  const made = make(segment, record, parts);
  if (made === undefined) return Promise.reject(logBusy());
  const { offset, crc, size } = made;
  const position = { segment: segment.id, offset };
  return parts.writer.append(segment, size).then(() => {
    count();
    const logged = { id: formatPredictionId(position, crc), position };
    parts.onAppended(calledAt);
    return logged;
  });
}

function recordOf({ entry, parts, payload }: WrittenEntry): Record {
  const { facts } = entry;
  if (parts === undefined) return { facts, content: (at) => unsampledContent(entry, at) };
  if (payload === undefined) return { facts, content: (at) => predictionContent(entry, at, parts) };
  return { facts, content: (at) => referredContent(entry, at, payload) };
}

/** Fails as `writePrediction` does. */
export async function writeShadow(segment: WritableSegment, shadow: ShadowEntry, parts: WriteParts): Promise<void> {
  const content = (factsOffset: number): FrameContent => madeContent("shadow", encodeShadow(shadow, factsOffset));
  const made = make(segment, { facts: shadow.facts, content }, parts);
  if (made === undefined) throw logBusy();
  await parts.writer.append(segment, made.size);
  addAsOf(segment, shadow.asOfNs);
}

/** Notes a failure with the next records, if there is room, and counts it in any case. */
export function writeFailure(
  segment: WritableSegment,
  { facts, timeMs }: { readonly facts: ReleaseFacts; readonly timeMs: number },
  parts: WriteParts,
): void {
  for (const it of [segment.tallies, parts.total]) tallyOf(it, facts.release).failureCount += 1;
  const content = (factsOffset: number): FrameContent => madeContent("failure", encodeFailure(factsOffset, timeMs));
  // Nobody waits for it: what becomes of it is told to those who wait for the others.
  const made = make(segment, { facts, content }, parts);
  if (made) void parts.writer.append(segment, made.size);
}

interface Record {
  readonly facts: ReleaseFacts;
  /** What its frame holds, told where the facts of its release stand. */
  readonly content: (factsOffset: number) => FrameContent;
}

interface Made {
  /** Where the record's own frame will stand, and the CRC-32 of it. */
  readonly offset: number;
  readonly crc: number;
  /** Bytes that were made, and are to be accepted. */
  readonly size: number;
}

/**
 * Makes the frame of a record, behind what must stand before it: the header of the segment, and the facts of its release. They are accepted
 * together or not at all, so that no record ever points to facts that there was no room for. Undefined, and told as refused, without room.
 */
function make(segment: WritableSegment, { facts, content }: Record, parts: WriteParts): Made | undefined {
  const known = segment.factsOffsets.get(factsKey(facts));
  const start = segment.endBytes;
  if (known !== undefined) {
    const record = content(known);
    const size = frameSize(record);
    const room = roomFor(segment, size, parts);
    return room && { offset: start, crc: writeFrame(room, room.size, record), size };
  }
  const before = [madeContent("release", encodeFacts(facts))];
  if (start === 0) before.unshift(madeContent("segment", headerOf(parts.deployment)));
  const sizes = before.map(frameSize);
  const offset = sizes.reduce((sum, it) => sum + it, start);
  const factsOffset = offset - (sizes.at(-1) ?? 0);
  const record = content(factsOffset);
  const size = offset - start + frameSize(record);
  const room = roomFor(segment, size, parts);
  if (room === undefined) return undefined;
  let at = room.size;
  for (const it of before) {
    writeFrame(room, at, it);
    at += frameSize(it);
  }
  const crc = writeFrame(room, at, record);
  segment.facts.set(factsOffset, facts);
  segment.factsOffsets.set(factsKey(facts), factsOffset);
  return { offset, crc, size };
}

const headerOf = (deployment: string): Buffer => Buffer.from(JSON.stringify({ format: 1, deployment }));

function roomFor(segment: WritableSegment, size: number, { writer, onRefused }: WriteParts): Room | undefined {
  const room = writer.room(segment, size);
  if (room === undefined) onRefused();
  return room;
}

/** After a failed write, facts that did not reach the file have to be written again. */
export function forgetUnwritten(segment: Segment): void {
  for (const offset of segment.facts.keys()) if (offset >= segment.writtenBytes) segment.facts.delete(offset);
  for (const [key, offset] of segment.factsOffsets)
    if (offset >= segment.writtenBytes) segment.factsOffsets.delete(key);
}
