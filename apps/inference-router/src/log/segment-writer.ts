import { writeSync } from "node:fs";
import { logUnavailable } from "../domain/errors.ts";
import type { Sheet } from "./frame.ts";
import type { WritableSegment } from "./segment.ts";

/** Appends bytes to segments in order, those that one callback of the event loop brings about in one write. */
export interface SegmentWriter {
  /**
   * Where so many bytes for the end of the segment are to be made, from `size` on; they count once `append` accepts them, before anything
   * else is made. Undefined if there is no room now.
   */
  room(segment: WritableSegment, byteCount: number): Room | undefined;
  /**
   * Accepts bytes that were made in the room. Resolves when the system has them (and the disk, with `sync`); rejects with
   * PREDICTION_LOG_UNAVAILABLE, and then nothing of them is in the file.
   */
  append(segment: WritableSegment, byteCount: number): Promise<void>;
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

/** Bytes that wait, and how many of them are accepted. */
export interface Room extends Sheet {
  readonly size: number;
}

/** What is written to a segment in one go, and fails together. */
interface Group {
  readonly segment: WritableSegment;
  readonly written: PromiseWithResolvers<void>;
  bytes: Buffer;
  view: DataView;
  size: number;
}

const nobody = (): void => {};

export function segmentWriter({ sync, pendingBytesMax, onFailure }: SegmentWriterOptions): SegmentWriter {
  let pending: Group[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> | undefined;
  const inPlace = quickWrites();
  const sheets = sheetsInTurn();

  const groupOf = (segment: WritableSegment): Group => {
    const last = pending.at(-1);
    if (last?.segment === segment) return last;
    const group = { segment, size: 0, written: Promise.withResolvers<void>(), ...sheets.take() };
    // Some pieces have nobody who waits for them.
    group.written.promise.catch(nobody);
    pending.push(group);
    // After all that is due at once, such as the other answers of the same batch, and not after other callbacks of this turn.
    writing ??= new Promise<void>((resolve) => process.nextTick(resolve)).then(flush);
    return group;
  };
  const flush = async (): Promise<void> => {
    for (let group = pending.shift(); group !== undefined; group = pending.shift()) {
      const { segment, size } = group;
      pendingBytes -= size;
      try {
        if (!inPlace.write(group)) await writeAside(group);
        if (sync) await segment.file.datasync();
        segment.writtenBytes += size;
        sheets.give(group);
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
    pendingBytes = pending.reduce((sum, it) => sum + it.size, 0);
    segment.endBytes = segment.writtenBytes;
    onFailure(segment);
    // A tail that cannot be cut off now is cut off when the log is opened again.
    await segment.file.truncate(segment.writtenBytes).catch(nobody);
    for (const it of lost) it.written.reject(logUnavailable(cause));
  };

  return {
    room(segment, byteCount) {
      if (pendingBytes + byteCount > pendingBytesMax) return undefined;
      const group = groupOf(segment);
      const needed = group.size + byteCount;
      if (needed > group.bytes.byteLength) Object.assign(group, grown(group, needed));
      return group;
    },
    append(segment, byteCount) {
      const group = groupOf(segment);
      group.size += byteCount;
      pendingBytes += byteCount;
      segment.endBytes += byteCount;
      return group.written.promise;
    },
    async idle() {
      while (writing) await writing;
    },
  };
}

/** Bytes of a new sheet: what a batch of small rows takes. */
const SHEET_BYTES = 16 * 1024;

/** Sheets to make records in: one that was written is there again for the next group, so that groups need not each have a new one. */
function sheetsInTurn() {
  let spare: Sheet | undefined;
  return {
    take(): Sheet {
      const sheet = spare ?? sheetOf(SHEET_BYTES);
      spare = undefined;
      return { bytes: sheet.bytes, view: sheet.view };
    },
    give({ bytes, view }: Sheet): void {
      if (bytes.byteLength <= IN_PLACE_BYTES_MAX) spare = { bytes, view };
    },
  };
}

function sheetOf(byteCount: number): Sheet {
  const bytes = Buffer.allocUnsafeSlow(byteCount);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, byteCount) };
}

/** A larger sheet with what was accepted. */
function grown({ bytes, size }: Room, needed: number): Sheet {
  const sheet = sheetOf(Math.max(needed, 2 * bytes.byteLength));
  bytes.copy(sheet.bytes, 0, 0, size);
  return sheet;
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
    write({ segment, bytes, size }: Group): boolean {
      const startedAt = performance.now();
      if (size > IN_PLACE_BYTES_MAX || startedAt < asideUntilMs) return false;
      for (let done = 0; done < size; )
        done += writeSync(segment.file.fd, bytes, done, size - done, segment.writtenBytes + done);
      const endedAt = performance.now();
      if (endedAt - startedAt > QUICK_MS) asideUntilMs = endedAt + ASIDE_MS;
      return true;
    },
  };
}

async function writeAside({ segment, bytes, size }: Group): Promise<void> {
  let done = 0;
  while (done < size) {
    const { bytesWritten } = await segment.file.write(bytes, done, size - done, segment.writtenBytes + done);
    done += bytesWritten;
  }
}
