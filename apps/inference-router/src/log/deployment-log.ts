import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, type Digest, invariant, type NewId } from "@throughline/kernel";
import type { LoggedRecord, RecordsFrom } from "../domain/analysis/logged-record.ts";
import { logUnavailable } from "../domain/errors.ts";
import type {
  Prediction,
  PredictionEntry,
  ReleaseFacts,
  RowsEntry,
  Shadow,
  ShadowEntry,
} from "../domain/prediction.ts";
import type { AskedPrediction, FoundPrediction, Logged, UnsampledPrediction } from "../domain/prediction-log.ts";
import { hourOf } from "../domain/sealing/hour.ts";
import type { LogPart } from "../domain/sealing/sealable-log.ts";
import type { ReleaseTally } from "../domain/tally.ts";
import { appendEntry, appendRows } from "./append-entry.ts";
import { forgetUnwritten, writeFailure, writePrediction, writeRows, writeShadow } from "./append-record.ts";
import { makeFolder } from "./durable-folder.ts";
import { everyReference } from "./every-reference.ts";
import { moveSegment, openSegment } from "./open-segment.ts";
import type { PayloadStore } from "./payload-store.ts";
import { createSegment, type Elsewhere, partOf, type Segment, type WritableSegment } from "./segment.ts";
import {
  type LogPage,
  predictionFinder,
  readBackwards,
  readForwards,
  readReferences,
  readRequests,
  readShadows,
  readShadowsBackwards,
  readUnsampled,
  type Sought,
  segmentDigests,
} from "./segment-contents.ts";
import { isOver, readRecords } from "./segment-records.ts";
import { finishSegment } from "./segment-summary.ts";
import { segmentWriter } from "./segment-writer.ts";

export interface DeploymentLogOptions {
  /** The deployment's own folder; made when the first prediction comes. */
  readonly folder: string;
  readonly deployment: string;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly sync: boolean;
  /** A segment that has reached so many bytes is sealed. */
  readonly segmentBytesMax: number;
  readonly pendingBytesMax: number;
  /** Unset: inputs of any size stand in the log. */
  readonly payloads: PayloadStore | undefined;
  readonly elsewhere: Elsewhere;
  /** Told of each record that there was no room for. */
  readonly onRefused: () => void;
  /** Told of each entry that is there, and when it was asked for. */
  readonly onAppended: (calledAt: number) => void;
}

/** The log of one deployment. Each process writes to segments of its own, so nothing is ever appended to an older one. */
export interface DeploymentLog {
  /** `calledAt` is what `performance.now()` said when it was asked for. */
  append(entry: PredictionEntry, calledAt: number): Promise<Logged>;
  appendRows(entry: RowsEntry, calledAt: number): Promise<Logged>;
  noteFailure(failure: { readonly facts: ReleaseFacts; readonly timeMs: number }): void;
  appendShadow(shadow: ShadowEntry): Promise<void>;
  shadows(sought?: Sought): AsyncGenerator<Shadow>;
  /** See PredictionLog. */
  records(from: RecordsFrom): AsyncGenerator<LoggedRecord>;
  find(id: string): Promise<FoundPrediction | undefined>;
  backwards(page: LogPage): Promise<readonly Prediction[]>;
  shadowsBackwards(page: LogPage): Promise<readonly Shadow[]>;
  /** Predictions of the segments that may hold what is sought, or of all of them, oldest first. */
  forwards(sought?: Sought): AsyncGenerator<Prediction>;
  unsampled(sought?: Sought): AsyncGenerator<UnsampledPrediction>;
  requests(sinceMs: number): AsyncGenerator<AskedPrediction>;
  /** Digests of inputs outside of the log that records of since then refer to. */
  references(sinceMs: number): AsyncGenerator<string>;
  /** Digests of the inputs that the log refers to, and of segments that were moved. Closed segments are read once. */
  everyReference(): AsyncGenerator<string>;
  /** See SealableLog. */
  parts(): readonly LogPart[];
  predictionsOf(segments: readonly string[]): AsyncGenerator<Prediction>;
  unsampledOf(segments: readonly string[]): AsyncGenerator<UnsampledPrediction>;
  moveAway(segment: string, keep: (path: string) => Promise<Digest>): Promise<void>;
  /** See PredictionLog. With `hoursBeforeMs` only what belongs to an hour before that of this instant. */
  seal(hoursBeforeMs?: number): Promise<void>;
  segmentDigest(id: string): Promise<Digest>;
  tally(): ReadonlyMap<string, ReleaseTally>;
  tornBytes(): number;
  close(): Promise<void>;
}

export async function openDeploymentLog(options: DeploymentLogOptions): Promise<DeploymentLog> {
  const total = new Map<string, ReleaseTally>();
  const { segments, tornBytes } = await openSegments(options, total);
  const parts = { ...options, writer: segmentWriter({ ...options, onFailure: forgetUnwritten }), total };
  const writing = activeSegment(options, { segments, idle: () => parts.writer.idle() });
  const digests = segmentDigests();
  const named = (ids: readonly string[]): readonly Segment[] => segments.filter((it) => ids.includes(it.id));
  const only = (id: string): Segment => {
    const [segment] = named([id]);
    invariant(segment, "there is no such segment");
    return segment;
  };
  const into = (write: (segment: WritableSegment) => Promise<Logged>): Promise<Logged> => {
    // Most find the segment open: waiting for what is there would cost each a turn of its own.
    const segment = writing.opened();
    return segment ? write(segment) : writing.segment().then(write);
  };
  return {
    append: (entry, calledAt) =>
      appendEntry(options, { entry, calledAt }, (written) => into((it) => writePrediction(it, written, parts))),
    appendRows: (entry, calledAt) =>
      appendRows(options, { entry, calledAt }, (written) => into((it) => writeRows(it, written, parts))),
    noteFailure(failure) {
      // It belongs to the metrics alone; a log that cannot be written has said so to the request that failed.
      const write = (segment: WritableSegment): void => writeFailure(segment, failure, parts);
      writing
        .segment()
        .then(write)
        .catch(() => {});
    },
    appendShadow: async (shadow) => writeShadow(await writing.segment(), shadow, parts),
    shadows: (sought) => readShadows(segments, sought),
    records: (from) => readRecords(segments, from),
    find: predictionFinder(segments),
    backwards: (page) => readBackwards(segments, page),
    shadowsBackwards: (page) => readShadowsBackwards(segments, page),
    forwards: (sought) => readForwards(segments, sought),
    unsampled: (sought) => readUnsampled(segments, sought),
    requests: (sinceMs) => readRequests(segments, sinceMs),
    everyReference: everyReference(segments),
    references: (sinceMs) => readReferences(segments.filter((_, i) => !isOver(segments[i + 1]?.id, sinceMs))),
    parts: () => segments.filter((it) => it.isClosed).map(partOf),
    predictionsOf: (ids) => readForwards(named(ids)),
    unsampledOf: (ids) => readUnsampled(named(ids)),
    moveAway: (id, keep) => moveSegment(only(id), options.deployment, keep),
    seal: writing.seal,
    segmentDigest: (id) => digests.of(only(id)),
    tally: () => total,
    tornBytes: () => tornBytes,
    close: writing.close,
  };
}

interface ActiveSegment {
  readonly opening: Promise<WritableSegment>;
  readonly hourMs: number;
  opened?: WritableSegment;
}

/** The segment that is written to, and how it ends. */
function activeSegment(
  { folder, newId, clock, sync, elsewhere, segmentBytesMax }: DeploymentLogOptions,
  { segments, idle }: { readonly segments: Segment[]; readonly idle: () => Promise<void> },
) {
  /** A segment is of one hour. */
  let active: ActiveSegment | undefined;
  let sealing: Promise<void> = Promise.resolve();

  const start = async (): Promise<WritableSegment> => {
    try {
      await makeFolder(folder, { sync, within: dirname(folder) });
      const segment = await createSegment({ folder, id: newId(), elsewhere }, { sync });
      segments.push(segment);
      return segment;
    } catch (cause) {
      active = undefined;
      throw logUnavailable(cause);
    }
  };
  const finish = async (segment: WritableSegment): Promise<void> => {
    // Who was given the segment before it was full writes to it in this turn of the event loop; nobody does afterwards.
    await new Promise((resolve) => setImmediate(resolve));
    await idle();
    await finishSegment(segment);
  };
  const end = (segment: WritableSegment): void => {
    active = undefined;
    sealing = sealing.then(() => finish(segment));
  };
  const hasRoom = ({ endBytes }: WritableSegment, { hourMs }: ActiveSegment): boolean =>
    endBytes < segmentBytesMax && hourOf(clock.now()) <= hourMs;
  /** Of several that find the segment full, or of an hour that is over, the first begins the next one. */
  const writable = async (): Promise<WritableSegment> => {
    active ??= { hourMs: hourOf(clock.now()), opening: start() };
    const current = active;
    const segment = await current.opening;
    current.opened = segment;
    if (hasRoom(segment, current)) return segment;
    if (active === current) end(segment);
    return writable();
  };
  return {
    segment: writable,
    /** What `segment` would give, if it is there already. */
    opened(): WritableSegment | undefined {
      const segment = active?.opened;
      return active && segment && hasRoom(segment, active) ? segment : undefined;
    },
    async seal(hoursBeforeMs = Number.POSITIVE_INFINITY): Promise<void> {
      const current = active;
      const segment = await current?.opening.catch(() => undefined);
      const isDue = current !== undefined && current.hourMs < hourOf(hoursBeforeMs);
      if (segment && active === current && segment.endBytes > 0 && isDue) end(segment);
      await sealing;
    },
    async close(): Promise<void> {
      await sealing;
      const segment = await active?.opening.catch(() => undefined);
      if (segment) await finish(segment);
    },
  };
}

async function openSegments(
  { folder, elsewhere }: DeploymentLogOptions,
  total: Map<string, ReleaseTally>,
): Promise<{ readonly segments: Segment[]; readonly tornBytes: number }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw logUnavailable(error);
  });
  const ids = new Set(names.flatMap((it) => /^([0-9a-z]{26})\.(?:log|sealed\.json)$/.exec(it)?.[1] ?? []));
  const opened = [];
  for (const id of [...ids].sort()) {
    const it = await openSegment({ folder, id, elsewhere }, total);
    if (it) opened.push(it);
  }
  const tornBytes = opened.reduce((sum, it) => sum + it.tornBytes, 0);
  return { segments: opened.map((it) => it.segment), tornBytes };
}
