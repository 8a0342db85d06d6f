import { mkdir, readdir } from "node:fs/promises";
import type { Digest, NewId } from "@throughline/kernel";
import type { LoggedRecord, RecordsFrom } from "../domain/analysis/logged-record.ts";
import { logUnavailable } from "../domain/errors.ts";
import type { Prediction, PredictionEntry, ReleaseFacts, Shadow, ShadowEntry } from "../domain/prediction.ts";
import type { Logged } from "../domain/prediction-log.ts";
import { addPrediction, type ReleaseTally, tallyOf } from "../domain/tally.ts";
import { encodeFacts } from "./facts-record.ts";
import { encodeFrame } from "./frame.ts";
import { formatPredictionId } from "./prediction-id.ts";
import { encodeFailure, encodePrediction } from "./records.ts";
import { addAsOf, createSegment, finishSegment, openSegment, type Segment, type WritableSegment } from "./segment.ts";
import {
  type LogPage,
  readBackwards,
  readForwards,
  readPrediction,
  readShadows,
  readShadowsBackwards,
  type Sought,
  segmentDigests,
} from "./segment-contents.ts";
import { readRecords } from "./segment-records.ts";
import { type SegmentWriter, segmentWriter } from "./segment-writer.ts";
import { encodeShadow } from "./shadow-record.ts";

export interface DeploymentLogOptions {
  /** The deployment's own folder; made when the first prediction comes. */
  readonly folder: string;
  readonly deployment: string;
  readonly newId: NewId;
  readonly sync: boolean;
  /** A segment that has reached so many bytes is sealed. */
  readonly segmentBytesMax: number;
  readonly pendingBytesMax: number;
}

/** The log of one deployment. Each process writes to segments of its own, so nothing is ever appended to an older one. */
export interface DeploymentLog {
  append(entry: PredictionEntry): Promise<Logged>;
  noteFailure(failure: { readonly facts: ReleaseFacts; readonly timeMs: number }): void;
  appendShadow(shadow: ShadowEntry): Promise<void>;
  shadows(sought?: Sought): AsyncGenerator<Shadow>;
  /** See PredictionLog. */
  records(from: RecordsFrom): AsyncGenerator<LoggedRecord>;
  read(id: string): Promise<Prediction | undefined>;
  backwards(page: LogPage): Promise<readonly Prediction[]>;
  shadowsBackwards(page: LogPage): Promise<readonly Shadow[]>;
  /** Predictions of the segments that may hold what is sought, or of all of them, oldest first. */
  forwards(sought?: Sought): AsyncGenerator<Prediction>;
  /** See PredictionLog. */
  seal(): Promise<void>;
  segmentDigest(id: string): Promise<Digest>;
  tally(): ReadonlyMap<string, ReleaseTally>;
  tornBytes(): number;
  close(): Promise<void>;
}

export async function openDeploymentLog(options: DeploymentLogOptions): Promise<DeploymentLog> {
  const total = new Map<string, ReleaseTally>();
  const { segments, tornBytes } = await openSegments(options.folder, total);
  const writer = segmentWriter({ ...options, onFailure: forgetUnwritten });
  let active: Promise<WritableSegment> | undefined;
  let sealing: Promise<void> = Promise.resolve();
  const digests = segmentDigests();

  const startSegment = async (): Promise<WritableSegment> => {
    try {
      await mkdir(options.folder, { recursive: true });
      const segment = await createSegment(options.folder, options.newId());
      segments.push(segment);
      return segment;
    } catch (cause) {
      active = undefined;
      throw logUnavailable(cause);
    }
  };
  const seal = async (segment: WritableSegment): Promise<void> => {
    // Who was given the segment before it was full writes to it in this turn of the event loop; nobody does afterwards.
    await new Promise((resolve) => setImmediate(resolve));
    await writer.idle();
    await finishSegment(segment);
  };
  /** The segment to write to. Of several that find it full, the first begins the next one. */
  const writable = async (): Promise<WritableSegment> => {
    active ??= startSegment();
    const current = active;
    const segment = await current;
    if (segment.endBytes < options.segmentBytesMax) return segment;
    if (active === current) {
      active = undefined;
      sealing = sealing.then(() => seal(segment));
    }
    return writable();
  };
  const parts = { writer, total, deployment: options.deployment };
  return {
    append: async (entry) => writePrediction(await writable(), entry, parts),
    noteFailure(failure) {
      // It belongs to the metrics alone; a log that cannot be written has said so to the request that failed.
      writable().then(
        (segment) => writeFailure(segment, failure, parts),
        () => {},
      );
    },
    appendShadow: async (shadow) => writeShadow(await writable(), shadow, parts),
    shadows: (sought) => readShadows(segments, sought),
    records: (from) => readRecords(segments, from),
    read: (id) => readPrediction(segments, id),
    backwards: (page) => readBackwards(segments, page),
    shadowsBackwards: (page) => readShadowsBackwards(segments, page),
    forwards: (sought) => readForwards(segments, sought),
    async seal() {
      const current = active;
      const segment = await current?.catch(() => undefined);
      if (segment && active === current && segment.endBytes > 0) {
        active = undefined;
        sealing = sealing.then(() => seal(segment));
      }
      await sealing;
    },
    segmentDigest: (id) => digests.of(segments.find((it) => it.id === id)),
    tally: () => total,
    tornBytes: () => tornBytes,
    async close() {
      await sealing;
      const segment = await active?.catch(() => undefined);
      if (segment) await seal(segment);
    },
  };
}

/** After a failed write, facts that did not reach the file have to be written again. */
function forgetUnwritten(segment: Segment): void {
  for (const offset of segment.facts.keys()) if (offset >= segment.writtenBytes) segment.facts.delete(offset);
  for (const [key, offset] of segment.factsOffsets)
    if (offset >= segment.writtenBytes) segment.factsOffsets.delete(key);
}

interface WriteParts {
  readonly writer: SegmentWriter;
  /** What is counted of the whole log. */
  readonly total: Map<string, ReleaseTally>;
  readonly deployment: string;
}

async function writePrediction(segment: WritableSegment, entry: PredictionEntry, parts: WriteParts): Promise<Logged> {
  const factsOffset = factsOffsetIn(segment, entry.facts, parts);
  const { bytes, crc } = encodeFrame("prediction", encodePrediction(entry, factsOffset));
  const position = { segment: segment.id, offset: segment.endBytes };
  await parts.writer.append(segment, bytes);
  for (const it of [segment.tallies, parts.total]) addPrediction(tallyOf(it, entry.facts.release), entry);
  addAsOf(segment, entry.asOfNs);
  if (entry.request) segment.newestRequestMs = Math.max(segment.newestRequestMs, entry.timeMs);
  return { id: formatPredictionId(position, crc), position };
}

async function writeShadow(segment: WritableSegment, shadow: ShadowEntry, parts: WriteParts): Promise<void> {
  const payload = encodeShadow(shadow, factsOffsetIn(segment, shadow.facts, parts));
  await parts.writer.append(segment, encodeFrame("shadow", payload).bytes);
  addAsOf(segment, shadow.asOfNs);
}

function writeFailure(
  segment: WritableSegment,
  { facts, timeMs }: { readonly facts: ReleaseFacts; readonly timeMs: number },
  parts: WriteParts,
): void {
  const payload = encodeFailure(factsOffsetIn(segment, facts, parts), timeMs);
  parts.writer.appendLater(segment, encodeFrame("failure", payload).bytes);
  for (const it of [segment.tallies, parts.total]) tallyOf(it, facts.release).failureCount += 1;
}

/** Where the facts of a release stand in the segment; written before the first record that needs them. */
function factsOffsetIn(segment: WritableSegment, facts: ReleaseFacts, { writer, deployment }: WriteParts): number {
  const known = segment.factsOffsets.get(factsKey(facts));
  if (known !== undefined) return known;
  if (segment.endBytes === 0) {
    const header = Buffer.from(JSON.stringify({ format: 1, deployment }));
    writer.appendLater(segment, encodeFrame("segment", header).bytes);
  }
  const offset = segment.endBytes;
  writer.appendLater(segment, encodeFrame("release", encodeFacts(facts)).bytes);
  segment.facts.set(offset, facts);
  segment.factsOffsets.set(factsKey(facts), offset);
  return offset;
}

/** A release never changes, so its name stands for its facts. */
const factsKey = (facts: ReleaseFacts): string => facts.release;

async function openSegments(
  folder: string,
  total: Map<string, ReleaseTally>,
): Promise<{ readonly segments: Segment[]; readonly tornBytes: number }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw logUnavailable(error);
  });
  const ids = names.flatMap((it) => (it.endsWith(".log") ? [it.slice(0, -".log".length)] : [])).sort();
  const opened = [];
  for (const id of ids) opened.push(await openSegment(folder, id, total));
  const tornBytes = opened.reduce((sum, it) => sum + it.tornBytes, 0);
  return { segments: opened.map((it) => it.segment), tornBytes };
}
