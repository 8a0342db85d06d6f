import { readSync } from "node:fs";
import { type Frame, frameBytes, frameOf } from "./frames.ts";

/**
 * The frames that come through a descriptor, until it is closed. Waits for them without the event loop, which costs a process
 * that does nothing else twice as much. A frame is valid until the next one is asked for: small ones share one buffer.
 */
export function* framesFrom(descriptor: number): Generator<Frame, void, void> {
  let buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  let start = 0;
  let end = 0;
  const fill = (): boolean => {
    const count = uninterrupted(() => readSync(descriptor, buffer, end, buffer.byteLength - end, null));
    end += count;
    return count > 0;
  };
  for (;;) {
    const wanted = frameBytes(buffer.subarray(start, end));
    if (end - start >= wanted) {
      yield frameOf(buffer.subarray(start, start + wanted));
      start += wanted;
      if (start === end) {
        [start, end] = [0, 0];
        if (buffer.byteLength > KEPT_BYTES_MAX) buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
      }
      continue;
    }
    if (start + wanted > buffer.byteLength || start > 0) {
      // What begins late moves to the front, where numbers are aligned; a frame that is larger than all before gets a larger buffer.
      const target = wanted > buffer.byteLength ? Buffer.allocUnsafeSlow(wanted) : buffer;
      buffer.copy(target, 0, start, end);
      [buffer, start, end] = [target, 0, end - start];
    }
    if (!fill()) return;
  }
}

/** Waits again after a signal that has interrupted the wait: a profiler sends them all the time. */
function uninterrupted(read: () => number): number {
  for (;;) {
    try {
      return read();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EINTR") throw error;
    }
  }
}

/** What the system keeps of a socket's data, more or less. */
const BUFFER_BYTES = 256 * 1024;

/** A larger buffer is given back after its frame. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
