import { isDeepStrictEqual } from "node:util";
import type { Connection } from "@throughline/client";

/** Something that the platform has said to have: how to read it again, and what must come. */
interface Entry {
  readonly what: string;
  readonly expected: unknown;
  readonly read: (connection: Connection) => Promise<unknown>;
}

/** What was acknowledged, kept outside of the platform. */
export interface Ledger {
  readonly size: number;
  note(what: string, expected: unknown, read: Entry["read"]): void;
  /** Reads again all that was noted, or what was from some size on, and tells what is not as it was acknowledged. */
  missing(connection: Connection, from?: number): Promise<readonly string[]>;
}

/** Readers at once. */
const READERS = 8;

export function ledger(): Ledger {
  const entries: Entry[] = [];
  return {
    get size() {
      return entries.length;
    },
    note: (what, expected, read) => void entries.push({ what, expected, read }),
    async missing(connection, from = 0) {
      const problems: string[] = [];
      let next = from;
      const reader = async (): Promise<void> => {
        for (let entry = entries[next++]; entry; entry = entries[next++]) {
          const { what, expected, read } = entry;
          const found = await read(connection).catch((error: unknown) => String(error));
          if (!isDeepStrictEqual(found, expected)) problems.push(`${what}: ${shown(found)} is not ${shown(expected)}`);
        }
      };
      await Promise.all(Array.from({ length: READERS }, reader));
      return problems;
    },
  };
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? String(it) : it))?.slice(0, 300) ?? "undefined";
