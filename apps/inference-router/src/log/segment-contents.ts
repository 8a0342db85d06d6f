import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type Digest, invariant } from "@throughline/kernel";
import { logCorrupt } from "../domain/errors.ts";
import type { LogPosition, Prediction, Shadow } from "../domain/prediction.ts";
import type { AskedPrediction, FoundPrediction, UnsampledPrediction } from "../domain/prediction-log.ts";
import type { LogFrame } from "./frame.ts";
import {
  askedOf,
  type FoundRecord,
  foundIn,
  isPrediction,
  isShadow,
  isUnsampled,
  predictionsOf,
  referencesOf,
  refers,
  shadowsOf,
  unsampledOf,
} from "./frame-contents.ts";
import { type PredictionPlace, parsePredictionId } from "./prediction-id.ts";
import { requestOf } from "./records.ts";
import { openForReading, reading, type Segment } from "./segment.ts";
import { frameAt, framesBefore, framesFrom } from "./segment-reader.ts";

/** How long the newest record stays that was read for one of its rows: the others are mostly asked for next. */
const KEPT_MS = 1_000;

/** Finds predictions by id: undefined for one that these segments never gave. Rows of a record share the reading of it. */
export function predictionFinder(segments: readonly Segment[]): (id: string) => Promise<FoundPrediction | undefined> {
  const records = new Map<string, Promise<FoundRecord | undefined>>();
  let newest = "";
  const read = async ({ segment: name, offset, check }: PredictionPlace): Promise<FoundRecord | undefined> => {
    const segment = segments.find((it) => it.id === name);
    if (segment === undefined) return undefined;
    return reading(segment, async (file) => {
      const frame = await frameAt(file, offset, segment.writtenBytes);
      // An id that was made up points between the records, or to one with another check.
      return frame?.crc === check ? foundIn(segment, file, frame) : undefined;
    });
  };
  const shared = (record: string, place: PredictionPlace): Promise<FoundRecord | undefined> => {
    const known = records.get(record);
    if (known !== undefined) return known;
    const found = read(place);
    records.set(record, found);
    const forget = (): void => void records.delete(record);
    found.then((it) => {
      if (it === undefined) return forget();
      // One at a time, whatever is asked for: records may be large.
      records.delete(newest);
      newest = record;
      records.set(record, found);
      setTimeout(() => newest === record && forget(), KEPT_MS).unref();
    }, forget);
    return found;
  };
  return async (id) => {
    const place = parsePredictionId(id);
    if (place === undefined) return undefined;
    const found = place.row === undefined ? read(place) : shared(id.slice(0, id.lastIndexOf(".")), place);
    return (await found)?.(place.row);
  };
}

/** A page of the log, counted from its end. */
export interface LogPage {
  readonly before?: LogPosition;
  readonly limit: number;
}

export const readBackwards = (segments: readonly Segment[], page: LogPage): Promise<readonly Prediction[]> =>
  recordsBackwards(segments, { wants: isPrediction, read: predictionsOf }, page);

export const readShadowsBackwards = (segments: readonly Segment[], page: LogPage): Promise<readonly Shadow[]> =>
  recordsBackwards(segments, { wants: isShadow, read: shadowsOf }, page);

async function recordsBackwards<T extends Placed>(
  segments: readonly Segment[],
  wanted: Wanted<T>,
  { before, limit }: LogPage,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (const segment of segments.toReversed()) {
    if (before && segment.id > before.segment) continue;
    const end = before?.segment === segment.id ? Math.min(before.offset, segment.writtenBytes) : segment.writtenBytes;
    const place = { end, limit: limit - found.length, ...(before?.segment === segment.id && { before }) };
    found.push(...(await reading(segment, (file) => lastBefore({ segment, file, wanted }, place))));
    if (found.length === limit) break;
  }
  return found;
}

interface Reading<T> {
  readonly segment: Segment;
  readonly file: FileHandle;
  readonly wanted: Wanted<T>;
}

async function lastBefore<T extends Placed>(
  { segment, file, wanted }: Reading<T>,
  { end, limit, before }: { readonly end: number; readonly limit: number; readonly before?: LogPosition },
): Promise<readonly T[]> {
  const found: T[] = [];
  const take = async (frame: LogFrame): Promise<void> => {
    if (!wanted.wants(frame)) return;
    const all = (await wanted.read(segment, file, frame)).filter(
      ({ position }) => before === undefined || position.offset < before.offset,
    );
    found.push(...all.reverse().slice(0, limit - found.length));
  };
  // A page may end within the rows of a record.
  const cut = before?.record === undefined ? undefined : await frameAt(file, before.record, segment.writtenBytes);
  if (cut) await take(cut);
  for await (const frame of framesBefore(file, cut?.offset ?? end, (offset) => logCorrupt(segment.id, offset))) {
    if (found.length >= limit) break;
    await take(frame);
  }
  return found;
}

/** What has a place in the log. */
type Placed = Pick<Prediction, "position">;

/** Which segments are worth reading: what is left out of it does not matter. */
export interface Sought {
  /** Predictions with a request id at this time or later. */
  readonly sinceRequestMs?: number;
  /** Predictions with an `as_of` in [startNs, endNs). */
  readonly startNs?: bigint | undefined;
  readonly endNs?: bigint | undefined;
}

function mayHold(segment: Segment, { sinceRequestMs, startNs, endNs }: Sought): boolean {
  if (sinceRequestMs !== undefined && segment.newestRequestMs < sinceRequestMs) return false;
  const range = segment.asOfNs;
  if (range === undefined) return true;
  return (startNs === undefined || range.most >= startNs) && (endNs === undefined || range.least < endNs);
}

export const readForwards = (segments: readonly Segment[], sought?: Sought): AsyncGenerator<Prediction> =>
  recordsForwards(segments, { wants: isPrediction, read: predictionsOf }, sought);

export const readShadows = (segments: readonly Segment[], sought?: Sought): AsyncGenerator<Shadow> =>
  recordsForwards(segments, { wants: isShadow, read: shadowsOf }, sought);

/** Predictions of these segments that are not in the sample, as far as they are counted. */
export const readUnsampled = (segments: readonly Segment[], sought?: Sought): AsyncGenerator<UnsampledPrediction> =>
  recordsForwards(segments, { wants: isUnsampled, read: unsampledOf }, sought);

/** Predictions with a request id, in the sample or not. */
export async function* readRequests(
  segments: readonly Segment[],
  sinceRequestMs: number,
): AsyncGenerator<AskedPrediction> {
  const wants = (frame: LogFrame): boolean =>
    frame.kind !== "rows" && (isPrediction(frame) || isUnsampled(frame)) && requestOf(frame) !== undefined;
  yield* recordsForwards(segments, { wants, read: askedOf }, { sinceRequestMs });
}

/** Digests of the inputs that these segments refer to. */
export async function* readReferences(segments: readonly Segment[]): AsyncGenerator<string> {
  yield* recordsForwards(segments, { wants: refers, read: referencesOf });
}

interface Wanted<T> {
  readonly wants: (frame: LogFrame) => boolean;
  readonly read: (segment: Segment, file: FileHandle, frame: LogFrame) => Promise<readonly T[]>;
}

async function* recordsForwards<T>(
  segments: readonly Segment[],
  { wants, read }: Wanted<T>,
  sought: Sought = {},
): AsyncGenerator<T> {
  const parts = segments.filter((it) => mayHold(it, sought)).map((segment) => ({ segment, end: segment.writtenBytes }));
  for (const { segment, end } of parts) {
    const file = await openForReading(segment);
    try {
      let reached = 0;
      for await (const frame of framesFrom(file, 0, end)) {
        reached = frame.end;
        if (wants(frame)) yield* await read(segment, file, frame);
      }
      if (reached < end) throw logCorrupt(segment.id, reached);
    } finally {
      await file.close();
    }
  }
}

const PIECE_BYTES = 1024 * 1024;

/** SHA-256 over the bytes of segments that get no more records, each computed once. */
export function segmentDigests(): { of(segment: Segment | undefined): Promise<Digest> } {
  const known = new Map<string, Digest>();
  return {
    async of(segment) {
      invariant(segment, "there is no such segment");
      const digest =
        known.get(segment.id) ?? (await reading(segment, (file) => digestOfFile(file, segment.writtenBytes)));
      known.set(segment.id, digest);
      return digest;
    },
  };
}

async function digestOfFile(file: FileHandle, end: number): Promise<Digest> {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = 0; at < end; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, end - at), at);
    invariant(bytesRead > 0, "a segment is shorter than it was");
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return `sha256:${hash.digest("hex")}`;
}
