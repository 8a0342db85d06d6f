import type { OnlineEntry } from "../domain/online-store.ts";
import { TIME_BYTES } from "./lmdb-online-keys.ts";

/** Copies a newest entry, of so many bytes from `at` on, out of memory that holds until the next call. */
export type Keep = (found: Uint8Array, at: number, bytes: number) => OnlineEntry;

/** Up to so many bytes a loop is faster than to ask for a copy. */
const LOOPED_BYTES_MAX = 256;
/** Memory that is taken at once for several values. */
const KEPT_BYTES_MAX = 256 * 1024;

/** Copies entries into memory that is taken for all that are still to come: to take some for each costs as much as its get. */
export function keeping(expected: number): Keep {
  let left = expected;
  let memory = NO_MEMORY;
  // Asked for once: the runtime takes as long to give it as the rest of what is done here.
  let { buffer, byteOffset } = memory;
  let at = 0;
  return (found, from, bytes) => {
    const size = bytes - TIME_BYTES;
    const first = from + TIME_BYTES;
    if (at + size > memory.length) {
      memory = Buffer.allocUnsafe(Math.max(size, Math.min(size * Math.max(1, left), KEPT_BYTES_MAX)));
      ({ buffer, byteOffset } = memory);
      at = 0;
    }
    left -= 1;
    const start = at;
    at += size;
    if (size > LOOPED_BYTES_MAX) memory.set(new Uint8Array(found.buffer, found.byteOffset + first, size), start);
    else for (let i = 0; i < size; i++) memory[start + i] = found[first + i] as number;
    return { timeNs: timeIn(found, from), value: new Uint8Array(buffer, byteOffset + start, size) };
  };
}

const NO_MEMORY = Buffer.alloc(0);

let memoryOfLast: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

/** The time at the begin of what was found, which is mostly in the same memory. */
function timeIn(found: Uint8Array, at: number): bigint {
  if (memoryOfLast.buffer !== found.buffer) memoryOfLast = new DataView(found.buffer);
  return memoryOfLast.getBigInt64(found.byteOffset + at, true);
}
