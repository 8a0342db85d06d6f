import { open, rm, stat } from "node:fs/promises";
import type { Digest } from "@throughline/kernel";
import { logCorrupt, logOfLaterVersion } from "../domain/errors.ts";
import { addPrediction, addRecord, addRows, type ReleaseTally, tallyOf, tallyRecord } from "../domain/tally.ts";
import { decodeFacts } from "./facts-record.ts";
import type { LogFrame } from "./frame.ts";
import { isUnsampled } from "./frame-contents.ts";
import { asOfOf, decodeHead, factsOffsetOf, requestOf } from "./records.ts";
import { rowsIn } from "./rows-record.ts";
import { addAsOf, emptied, emptySegment, type Segment, type SegmentPlace, segmentPath } from "./segment.ts";
import { framesFrom, isOfLaterVersionAt } from "./segment-reader.ts";
import { readSummary, type Summary, sealSegment, summaryOf, writeSummary } from "./segment-summary.ts";
import { shadowAsOfOf } from "./shadow-record.ts";

/**
 * Takes in a segment that an earlier process wrote, and what it counts. A tail that a crash cut off is removed; `tornBytes`
 * says how much.
 */
export async function openSegment(
  place: SegmentPlace,
  total: Map<string, ReleaseTally>,
): Promise<{ readonly segment: Segment; readonly tornBytes: number } | undefined> {
  const segment = emptySegment(place);
  const [summary, size] = await Promise.all([readSummary(segment), sizeOf(segment)]);
  segment.isClosed = true;
  // A summary of another size does not belong to what is there.
  if (summary !== undefined && (summary.bytes === size || (size === undefined && summary.moved !== undefined))) {
    takeSummary(segment, summary);
    for (const [release, record] of summary.tallies) addRecord(tallyOf(total, release), record);
    if (size !== undefined && summary.moved !== undefined) await rm(segmentPath(segment), { force: true });
    return { segment, tornBytes: 0 };
  }
  // A summary alone that does not say where the bytes are is of no use.
  if (size === undefined) return undefined;
  const torn = await countSegment(segment);
  for (const [release, tally] of segment.tallies) addRecord(tallyOf(total, release), tallyRecord(tally));
  return { segment: emptied(segment), tornBytes: torn };
}

/** Undefined if the file is not there. */
const sizeOf = (segment: Segment): Promise<number | undefined> =>
  stat(segmentPath(segment)).then(
    (it) => it.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    },
  );

function takeSummary(segment: Segment, { bytes, newestRequestMs, asOfNs, moved }: Summary): void {
  segment.writtenBytes = segment.endBytes = bytes;
  segment.newestRequestMs = newestRequestMs;
  segment.asOfNs = asOfNs && { least: BigInt(asOfNs.least), most: BigInt(asOfNs.most) };
  segment.movedTo = moved?.to;
}

/** Reads a segment for what it counts, cuts off what is torn, and writes its summary. Gives the bytes that were cut off. */
async function countSegment(segment: Segment): Promise<number> {
  const file = await open(segmentPath(segment), "r+");
  try {
    const { size } = await file.stat();
    for await (const frame of framesFrom(file, 0, size)) {
      countFrame(segment, frame);
      segment.writtenBytes = segment.endBytes = frame.end;
    }
    if (await isOfLaterVersionAt(file, segment.endBytes, size)) throw logOfLaterVersion(segment.id, segment.endBytes);
    if (segment.endBytes < size) await file.truncate(segment.endBytes);
    await sealSegment({ ...segment, file }).catch(() => {});
    return size - segment.endBytes;
  } finally {
    await file.close();
  }
}

/** Takes a frame into the tallies and facts of its segment. */
function countFrame(segment: Segment, frame: LogFrame): void {
  if (frame.kind === "release") {
    segment.facts.set(frame.offset, decodeFacts(frame.payload));
    return;
  }
  if (frame.kind === "segment") return;
  if (frame.kind === "shadow") {
    addAsOf(segment, shadowAsOfOf(frame.payload));
    return;
  }
  const facts = segment.facts.get(factsOffsetOf(frame.payload));
  if (facts === undefined) throw logCorrupt(segment.id, frame.offset);
  const tally = tallyOf(segment.tallies, facts.release);
  if (frame.kind === "failure") {
    tally.failureCount += 1;
    return;
  }
  const head = decodeHead(frame.payload);
  const counted = isUnsampled(frame) ? { ...head, isSampled: false as const } : head;
  addAsOf(segment, asOfOf(frame.payload));
  if (frame.kind === "rows") {
    addRows(tally, rowsIn(frame.payload), counted);
    return;
  }
  addPrediction(tally, counted);
  if (requestOf(frame)) segment.newestRequestMs = Math.max(segment.newestRequestMs, head.timeMs);
}

/**
 * Moves a closed segment to the blob store, where `keep` puts its file: the summary says so before the file goes, so that a crash leaves
 * either the file or the way to its bytes.
 */
export async function moveSegment(
  segment: Segment,
  deployment: string,
  keep: (path: string) => Promise<Digest>,
): Promise<void> {
  const to = await keep(segmentPath(segment));
  const summary = (await readSummary(segment)) ?? (await summaryFrom(segment));
  await writeSummary(segment, { ...summary, moved: { to, deployment } });
  segment.movedTo = to;
  await rm(segmentPath(segment), { force: true });
}

/** What the summary of a segment says whose summary is lost. */
async function summaryFrom(segment: Segment): Promise<Summary> {
  const again = emptySegment(segment);
  await countSegment(again);
  return summaryOf(again);
}
