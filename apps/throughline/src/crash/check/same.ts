import { isDeepStrictEqual } from "node:util";
import type { Json } from "@throughline/kernel";
import { isRecord } from "../json-record.ts";

/** What a version is to be whose number only the answer tells. */
export const NUMBER_UNKNOWN = 0;

/** What is left of a version that was deleted: its number, which is never used again. */
export const gone = (number: number): Json => ({ gone: number });

/** The number of a deleted version; none for anything else. */
export const numberOfGone = (value: Json): readonly number[] => {
  const number = isRecord(value) ? value["gone"] : undefined;
  return typeof number === "number" ? [number] : [];
};

/** Whether what was read is what was written. */
export function isSame(written: Json, read: Json): boolean {
  if (numberOfGone(written).length > 0) return read === null || isDeepStrictEqual(written, read);
  if (isRecord(written) && isRecord(read) && written["number"] === NUMBER_UNKNOWN)
    return isDeepStrictEqual({ ...written, number: 0 }, { ...read, number: 0 });
  return isDeepStrictEqual(written, read);
}

/** What is known once a cell was read: what was read, or, of what cannot be read any more, what was written. */
export const settled = (allowed: readonly Json[], read: Json): Json =>
  read === null ? (allowed.find((it) => isSame(it, read)) ?? null) : read;
