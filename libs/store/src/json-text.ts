import { valueTooLarge } from "./errors.ts";
import { STORE_LIMITS } from "./limits.ts";
import { checkValue, type Exotic, restore } from "./value.ts";

/** `JSON.rawJSON` of ECMAScript 2026, which the type library does not know yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** A value as JSON text that a database can look into, and what that text leaves out. */
export interface Encoded {
  readonly text: string;
  /** JSON of the list of exotic places, or null if there are none. */
  readonly exotics: string | null;
}

/**
 * Writes a value as JSON. Bigints stand there as integers, infinities as 1e999; NaN becomes null, for conditions treat it
 * as unset. The exact kinds of bigints and NaNs are kept beside.
 */
export function encodeValue(value: object): Encoded {
  const { exotics, hasRawNumbers } = checkValue(value);
  // Most values have none, and are written several times as fast without looking at each number.
  const text = hasRawNumbers ? JSON.stringify(value, asRaw) : JSON.stringify(value);
  // UTF-16 units are at most 3 bytes each, so that most documents need no count.
  if (text.length * 3 > STORE_LIMITS.valueBytesMax && Buffer.byteLength(text) > STORE_LIMITS.valueBytesMax)
    throw valueTooLarge(Buffer.byteLength(text), STORE_LIMITS.valueBytesMax);
  return { text, exotics: exotics.length === 0 ? null : JSON.stringify(exotics) };
}

export function decodeValue(text: string, exotics: string | null): object {
  const value = JSON.parse(text) as object;
  if (exotics !== null) restore(value, JSON.parse(exotics) as Exotic[], readExotic);
  return value;
}

/** JSON text of scalars, with bigints as integers and infinities as 1e999. */
export const scalarsText = (values: readonly unknown[]): string => JSON.stringify(values, asRaw);

function asRaw(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawJson(value.toString());
  if (value === Number.POSITIVE_INFINITY) return rawJson("1e999");
  if (value === Number.NEGATIVE_INFINITY) return rawJson("-1e999");
  return value;
}

const readExotic = (digits: string | null) => (digits === null ? Number.NaN : BigInt(digits));
