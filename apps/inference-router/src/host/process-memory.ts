import { closeSync, openSync, readSync } from "node:fs";

/** Reads how much memory a process has. */
export interface MemoryReader {
  /** Resident bytes; 0 if the system does not tell. */
  residentBytes(): number;
  close(): void;
}

/** Bytes of a page on the systems that have /proc. */
const PAGE_BYTES = 4_096;
const TEXT_BYTES = 256;

/** Keeps the file open that the system tells it in: a look then takes 2 microseconds. */
export function memoryReader(pid: number | undefined): MemoryReader {
  const text = Buffer.alloc(TEXT_BYTES);
  let file = openStatus(pid);
  return {
    residentBytes() {
      if (file === undefined) return 0;
      try {
        const length = readSync(file, text, 0, TEXT_BYTES, 0);
        return Number(text.toString("latin1", 0, length).split(" ")[1] ?? 0) * PAGE_BYTES;
      } catch {
        return 0;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function openStatus(pid: number | undefined): number | undefined {
  try {
    return pid === undefined ? undefined : openSync(`/proc/${pid}/statm`, "r");
  } catch {
    return undefined;
  }
}
