import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "@throughline/kernel";
import { logCorrupt } from "../domain/errors.ts";
import type { PayloadReference, ReleaseFacts } from "../domain/prediction.ts";
import { hourOf } from "../domain/sealing/hour.ts";
import type { LogPart } from "../domain/sealing/sealable-log.ts";
import type { ReleaseTally } from "../domain/tally.ts";
import { createdMs } from "./created.ts";
import { syncFolder } from "./durable-folder.ts";
import { decodeFacts } from "./facts-record.ts";
import { frameAt } from "./segment-reader.ts";

/** Where the log keeps what is not in its folder. */
export interface Elsewhere {
  /** The inputs of a `referred` prediction. */
  readInputs(payload: PayloadReference): Promise<Buffer>;
  /** Path of a local copy of a segment that was moved to the blob store. */
  localCopy(digest: Digest): Promise<string>;
}

/** One file of the log. */
export interface Segment {
  /** Time-ordered and never used again, here or elsewhere. */
  readonly id: string;
  readonly folder: string;
  readonly elsewhere: Elsewhere;
  /** True if it gets no more records. */
  isClosed: boolean;
  /** Its digest, if its bytes are in the blob store and not in the folder any more. */
  movedTo: Digest | undefined;
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

/** Facts that are kept of one segment. A contextual bandit has some hundred: one for each share that requests had. */
const FACTS_MAX = 512;

export const segmentPath = ({ folder, id }: Pick<Segment, "folder" | "id">): string => join(folder, `${id}.log`);

export const emptySegment = ({ folder, id, elsewhere }: SegmentPlace): Segment => ({
  id,
  folder,
  elsewhere,
  isClosed: false,
  movedTo: undefined,
  writtenBytes: 0,
  endBytes: 0,
  tallies: new Map(),
  facts: new Map(),
  factsOffsets: new Map(),
  newestRequestMs: 0,
  asOfNs: undefined,
});

export type SegmentPlace = Pick<Segment, "folder" | "id" | "elsewhere">;

/** Begins a segment. Its folder is there. With `sync` power loss does not take its name away; a segment that fails to begin leaves nothing behind. */
export async function createSegment(
  place: SegmentPlace,
  { sync }: { readonly sync: boolean },
): Promise<WritableSegment> {
  const segment = emptySegment(place);
  const path = segmentPath(segment);
  const file = await open(path, "wx+");
  try {
    // Bytes that are on the disk are of no use in a file that is not.
    if (sync) await syncFolder(place.folder);
  } catch (cause) {
    await file.close();
    await rm(path, { force: true });
    throw cause;
  }
  return Object.assign(segment, { file });
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

/** Opens the file, or the copy of one that was moved, maybe at this moment. */
export async function openForReading(segment: Segment): Promise<FileHandle> {
  if (segment.movedTo === undefined) {
    try {
      return await open(segmentPath(segment), "r");
    } catch (error) {
      if (segment.movedTo === undefined) throw error;
    }
  }
  return open(await segment.elsewhere.localCopy(segment.movedTo), "r");
}

/** A sealed segment keeps nothing in memory but its place. */
export function emptied(segment: Segment): Segment {
  segment.tallies.clear();
  segment.facts.clear();
  segment.factsOffsets.clear();
  return segment;
}

/** Takes the `as_of` of a prediction or shadow into the range of its segment. */
export function addAsOf(segment: Segment, asOfNs: bigint): void {
  const { least, most } = segment.asOfNs ?? { least: asOfNs, most: asOfNs };
  segment.asOfNs = { least: asOfNs < least ? asOfNs : least, most: asOfNs > most ? asOfNs : most };
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

/** What sealing has to know of a segment. */
export const partOf = ({ id, writtenBytes, movedTo }: Segment): LogPart => ({
  segment: id,
  bytes: writtenBytes,
  hourMs: hourOf(createdMs(id)),
  isMoved: movedTo !== undefined,
});
