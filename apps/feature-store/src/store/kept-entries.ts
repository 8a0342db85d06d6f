import type { OnlineEntry } from "../domain/online-store.ts";
import { TIME_BYTES } from "./lmdb-online-keys.ts";

/** Copies a newest entry out of the memory of the driver, which holds until its next call. */
export type Keep = (found: Buffer) => OnlineEntry;

/** Up to so many bytes a loop is faster than to ask for a copy. */
const LOOPED_BYTES_MAX = 256;
/** Memory that is taken at once for several values. */
const KEPT_BYTES_MAX = 256 * 1024;

/** Copies entries into memory that is taken for all that are still to come: to take some for each costs as much as its get. */
export function keeping(expected: number): Keep {
  let left = expected;
  let memory = NO_MEMORY;
  let at = 0;
  return (found) => {
    const size = found.length - TIME_BYTES;
    if (at + size > memory.length) {
      memory = Buffer.allocUnsafe(Math.max(size, Math.min(size * Math.max(1, left), KEPT_BYTES_MAX)));
      at = 0;
    }
    left -= 1;
    const start = at;
    at += size;
    if (size > LOOPED_BYTES_MAX) memory.set(new Uint8Array(found.buffer, found.byteOffset + TIME_BYTES, size), start);
    else for (let i = 0; i < size; i++) memory[start + i] = found[TIME_BYTES + i] as number;
    return { timeNs: timeIn(found), value: new Uint8Array(memory.buffer, memory.byteOffset + start, size) };
  };
}

const NO_MEMORY = Buffer.alloc(0);

let driverMemory: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

/** The time at the begin of what the driver has found, which it mostly puts into the same memory. */
function timeIn(found: Buffer): bigint {
  if (driverMemory.buffer !== found.buffer) driverMemory = new DataView(found.buffer);
  return driverMemory.getBigInt64(found.byteOffset, true);
}
