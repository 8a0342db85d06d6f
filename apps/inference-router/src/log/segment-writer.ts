import { writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { logBusy, logUnavailable } from "../domain/errors.ts";
import type { WritableSegment } from "./segment.ts";

/** Appends bytes to segments in order, those that one callback of the event loop brings about in one write. */
export interface SegmentWriter {
  /**
   * Accepts bytes for the end of the segment. Resolves when the system has them (and the disk, with `sync`); rejects with
   * PREDICTION_LOG_UNAVAILABLE or PREDICTION_LOG_BUSY, and then nothing of them is in the file.
   */
  append(segment: WritableSegment, bytes: Buffer): Promise<void>;
  /** Accepts bytes that are written with the next others, if there is room. */
  appendLater(segment: WritableSegment, bytes: Buffer): void;
  /** True if so many bytes would be accepted now. Who writes several records that belong together asks first. */
  hasRoom(byteCount: number): boolean;
  /** Resolves when everything accepted is written, or has failed. */
  idle(): Promise<void>;
}

export interface SegmentWriterOptions {
  /** Waits for the disk with every write. */
  readonly sync: boolean;
  /** Bytes that may wait. */
  readonly pendingBytesMax: number;
  /** Told when a write failed: everything that was accepted and not yet written is lost, and has been refused. */
  readonly onFailure: (segment: WritableSegment) => void;
}

/** What is written to a segment in one go, and fails together. */
interface Group {
  readonly segment: WritableSegment;
  readonly pieces: Buffer[];
  bytes: number;
  readonly written: PromiseWithResolvers<void>;
}

const nobody = (): void => {};

export function segmentWriter({ sync, pendingBytesMax, onFailure }: SegmentWriterOptions): SegmentWriter {
  let pending: Group[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  const inPlace = quickWrites();

  const groupOf = (segment: WritableSegment): Group => {
    const last = pending.at(-1);
    if (last?.segment === segment) return last;
    const group = { segment, pieces: [], bytes: 0, written: Promise.withResolvers<void>() };
    // Some pieces have nobody who waits for them.
    group.written.promise.catch(nobody);
    pending.push(group);
    return group;
  };
  const accept = (segment: WritableSegment, piece: Buffer): Promise<void> => {
    const group = groupOf(segment);
    group.pieces.push(piece);
    group.bytes += piece.byteLength;
    pendingBytes += piece.byteLength;
    segment.endBytes += piece.byteLength;
    // After all that is due at once, such as the other answers of the same batch, and not after other callbacks of this turn.
    writing ??= new Promise<void>((resolve) => process.nextTick(resolve)).then(flush);
    return group.written.promise;
  };
  const flush = async (): Promise<void> => {
    for (let group = pending.shift(); group !== undefined; group = pending.shift()) {
      const { segment, pieces } = group;
      const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, group.bytes);
      pendingBytes -= bytes.byteLength;
      try {
        if (!inPlace.write(segment.file.fd, bytes, segment.writtenBytes))
          await writeAll(segment.file, bytes, segment.writtenBytes);
        if (sync) await segment.file.datasync();
        segment.writtenBytes += bytes.byteLength;
        group.written.resolve();
      } catch (cause) {
        await fail(group, cause);
      }
    }
    writing = undefined;
  };
  /** What follows in the same segment has its place behind what failed, so it fails too. */
  const fail = async (group: Group, cause: unknown): Promise<void> => {
    const { segment } = group;
    const lost = [group, ...pending.filter((it) => it.segment === segment)];
    pending = pending.filter((it) => it.segment !== segment);
    pendingBytes = pending.reduce((sum, it) => sum + it.bytes, 0);
    segment.endBytes = segment.writtenBytes;
    onFailure(segment);
    // A tail that cannot be cut off now is cut off when the log is opened again.
    await segment.file.truncate(segment.writtenBytes).catch(nobody);
    for (const it of lost) it.written.reject(logUnavailable(cause));
  };

  const hasRoom = (byteCount: number): boolean => pendingBytes + byteCount <= pendingBytesMax;

  return {
    hasRoom,
    append(segment, bytes) {
      if (!hasRoom(bytes.byteLength)) return Promise.reject(logBusy());
      return accept(segment, bytes);
    },
    appendLater(segment, bytes) {
      if (hasRoom(bytes.byteLength)) void accept(segment, bytes);
    },
    async idle() {
      while (writing) await writing;
    },
  };
}

/** Larger writes are left to another thread. */
const IN_PLACE_BYTES_MAX = 256 * 1024;
/** A write that takes longer shows that the system makes writers wait. */
const QUICK_MS = 2;
/** How long all writes are then left to another thread. */
const ASIDE_MS = 1_000;

/**
 * Writes at once, without another thread: to memory that the system writes out later this takes some microseconds, and asking
 * a thread costs ten times that. Where it is not quick any more the event loop must not wait for it.
 */
function quickWrites() {
  let asideUntilMs = 0;
  return {
    /** False if nothing was written, and another thread has to. Fails as writing does. */
    write(fd: number, bytes: Buffer, position: number): boolean {
      const startedAt = performance.now();
      if (bytes.byteLength > IN_PLACE_BYTES_MAX || startedAt < asideUntilMs) return false;
      for (let done = 0; done < bytes.byteLength; )
        done += writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
      const endedAt = performance.now();
      if (endedAt - startedAt > QUICK_MS) asideUntilMs = endedAt + ASIDE_MS;
      return true;
    },
  };
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
