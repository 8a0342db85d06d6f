import { type FileHandle, open, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logCorrupt } from "../domain/errors.ts";
import type { ReleaseFacts } from "../domain/prediction.ts";
import {
  addPrediction,
  addRecord,
  type ReleaseTally,
  type TallyRecord,
  tallyOf,
  tallyRecord,
} from "../domain/tally.ts";
import { decodeFacts } from "./facts-record.ts";
import type { LogFrame } from "./frame.ts";
import { asOfOf, decodeHead, factsOffsetOf, requestOf } from "./records.ts";
import { frameAt, framesFrom } from "./segment-reader.ts";
import { shadowAsOfOf } from "./shadow-record.ts";

/** One file of the log. */
export interface Segment {
  /** Time-ordered and never used again, here or elsewhere. */
  readonly id: string;
  readonly folder: string;
  /** Everything before is whole; what may come after is being written. */
  writtenBytes: number;
  /** Where everything that was accepted will end. */
  endBytes: number;
  /** What it counts; empty once it is sealed, since its summary has it then. */
  readonly tallies: Map<string, ReleaseTally>;
  /** Facts of releases by their offset: those that are read and written often. */
  readonly facts: Map<number, ReleaseFacts>;
  /** Where this process wrote the facts of a release, by its name. */
  readonly factsOffsets: Map<string, number>;
  /** Time of the newest prediction with a request id; 0 if there is none. */
  newestRequestMs: number;
  /** From the least to the greatest `as_of`. Undefined without predictions, and where it was not kept: then anything may be there. */
  asOfNs: AsOfRange | undefined;
}

/** Times in nanoseconds since 1970, both included. */
export interface AsOfRange {
  readonly least: bigint;
  readonly most: bigint;
}

/** A segment that is being written. Readers open the file for themselves. */
export interface WritableSegment extends Segment {
  readonly file: FileHandle;
}

/** What is kept beside a segment that gets no more records, so that opening the log need not read it again. */
interface Summary {
  readonly bytes: number;
  readonly newestRequestMs: number;
  /** Texts, because JSON has no whole numbers of 64 bits. */
  readonly asOfNs?: { readonly least: string; readonly most: string };
  readonly tallies: readonly (readonly [release: string, tally: TallyRecord])[];
}

/** Facts that are kept of one segment. */
const FACTS_MAX = 64;

const segmentPath = ({ folder, id }: Pick<Segment, "folder" | "id">): string => join(folder, `${id}.log`);
const summaryPath = ({ folder, id }: Pick<Segment, "folder" | "id">): string => join(folder, `${id}.sealed.json`);

const emptySegment = (folder: string, id: string): Segment => ({
  id,
  folder,
  writtenBytes: 0,
  endBytes: 0,
  tallies: new Map(),
  facts: new Map(),
  factsOffsets: new Map(),
  newestRequestMs: 0,
  asOfNs: undefined,
});

/** Begins a segment. Its folder is there. */
export async function createSegment(folder: string, id: string): Promise<WritableSegment> {
  const segment = emptySegment(folder, id);
  return Object.assign(segment, { file: await open(segmentPath(segment), "wx+") });
}

/** Reads in a segment's file. */
export async function reading<T>(segment: Segment, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openForReading(segment);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

export const openForReading = (segment: Segment): Promise<FileHandle> => open(segmentPath(segment), "r");

/**
 * Takes in a segment that an earlier process wrote, and what it counts. A tail that a crash cut off is removed; `tornBytes`
 * says how much.
 */
export async function openSegment(
  folder: string,
  id: string,
  total: Map<string, ReleaseTally>,
): Promise<{ readonly segment: Segment; readonly tornBytes: number }> {
  const segment = emptySegment(folder, id);
  const [summary, { size }] = await Promise.all([readSummary(segment), stat(segmentPath(segment))]);
  // A summary of another size does not belong to what is there.
  if (summary?.bytes === size) {
    segment.writtenBytes = segment.endBytes = summary.bytes;
    segment.newestRequestMs = summary.newestRequestMs;
    const { asOfNs } = summary;
    segment.asOfNs = asOfNs && { least: BigInt(asOfNs.least), most: BigInt(asOfNs.most) };
    for (const [release, record] of summary.tallies) addRecord(tallyOf(total, release), record);
    return { segment, tornBytes: 0 };
  }
  const file = await open(segmentPath(segment), "r+");
  try {
    for await (const frame of framesFrom(file, 0, size)) {
      countFrame(segment, frame);
      segment.writtenBytes = segment.endBytes = frame.end;
    }
    if (segment.endBytes < size) await file.truncate(segment.endBytes);
    for (const [release, tally] of segment.tallies) addRecord(tallyOf(total, release), tallyRecord(tally));
    await sealSegment({ ...segment, file }).catch(nothing);
    return { segment: emptied(segment), tornBytes: size - segment.endBytes };
  } finally {
    await file.close();
  }
}

/** A summary is a shortcut: where it cannot be written, the segment is read again when the log is opened again. */
const nothing = (): void => {};

/** A sealed segment keeps nothing in memory but its place. */
function emptied(segment: Segment): Segment {
  segment.tallies.clear();
  segment.facts.clear();
  segment.factsOffsets.clear();
  return segment;
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
  addPrediction(tally, head);
  addAsOf(segment, asOfOf(frame.payload));
  if (requestOf(frame.payload)) segment.newestRequestMs = Math.max(segment.newestRequestMs, head.timeMs);
}

/** Takes the `as_of` of a prediction or shadow into the range of its segment. */
export function addAsOf(segment: Segment, asOfNs: bigint): void {
  const { least, most } = segment.asOfNs ?? { least: asOfNs, most: asOfNs };
  segment.asOfNs = { least: asOfNs < least ? asOfNs : least, most: asOfNs > most ? asOfNs : most };
}

/** Makes a segment durable and writes its summary: it gets no more records. */
async function sealSegment(segment: WritableSegment): Promise<void> {
  await segment.file.datasync();
  const summary: Summary = {
    bytes: segment.writtenBytes,
    newestRequestMs: segment.newestRequestMs,
    ...(segment.asOfNs && { asOfNs: { least: String(segment.asOfNs.least), most: String(segment.asOfNs.most) } }),
    tallies: [...segment.tallies].map(([release, tally]) => [release, tallyRecord(tally)]),
  };
  const path = summaryPath(segment);
  await writeFile(`${path}.partial`, JSON.stringify(summary), { flush: true });
  await rename(`${path}.partial`, path);
}

/** Seals a segment that this process wrote. */
export async function finishSegment(segment: WritableSegment): Promise<void> {
  await sealSegment(segment).catch(nothing);
  await segment.file.close();
  emptied(segment);
}

/** The facts that stand at an offset: remembered, or read. */
export async function factsAt(segment: Segment, file: FileHandle, offset: number): Promise<ReleaseFacts> {
  const known = segment.facts.get(offset);
  if (known) return known;
  const frame = await frameAt(file, offset, segment.endBytes);
  if (frame?.kind !== "release") throw logCorrupt(segment.id, offset);
  const facts = decodeFacts(frame.payload);
  if (segment.facts.size < FACTS_MAX) segment.facts.set(offset, facts);
  return facts;
}

async function readSummary(segment: Segment): Promise<Summary | undefined> {
  try {
    return JSON.parse(await readFile(summaryPath(segment), "utf8")) as Summary;
  } catch {
    // Absent, or cut off: the segment itself tells everything that the summary says.
    return undefined;
  }
}
