import { invalidValue } from "./errors.ts";
import { STORE_LIMITS } from "./limits.ts";

/** The way to a place in a value: keys of objects, indexes of arrays. */
export type Place = readonly (string | number)[];

/** A place whose value plain JSON cannot hold: NaN (as `null`) or a bigint (as its decimal digits). */
export type Exotic = readonly [place: Place, digits: string | null];

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** What a value holds that is not plain JSON. */
export interface Checked {
  readonly exotics: readonly Exotic[];
  /** True if it holds numbers that JSON.stringify would not write as numbers: bigints or infinities. */
  readonly hasRawNumbers: boolean;
}

/** The check of one value under way: where it is, and what it has found. */
interface Check {
  /** Changed as the check goes on. */
  readonly place: (string | number)[];
  readonly exotics: Exotic[];
  hasRawNumbers: boolean;
}

/**
 * Refuses what cannot be stored, and lists the NaNs and bigints. The rules are the same for every adapter, so that a
 * value accepted by one is accepted by all.
 */
export function checkValue(value: unknown): Checked {
  if (!isPlainObject(value)) throw invalidValue("value", "a document is a plain object");
  const check: Check = { place: [], exotics: [], hasRawNumbers: false };
  checkObject(value, check);
  return check;
}

function checkItem(value: unknown, check: Check): void {
  const { place, exotics } = check;
  switch (typeof value) {
    case "string":
      checkText(value, place);
      return;
    case "boolean":
      return;
    case "number":
      if (Number.isNaN(value)) exotics.push([[...place], null]);
      else if (!Number.isFinite(value)) check.hasRawNumbers = true;
      return;
    case "bigint":
      if (!isInt64(value)) throw refused(place, `${value} does not fit in 64 bits`);
      exotics.push([[...place], value.toString()]);
      check.hasRawNumbers = true;
      return;
    case "object":
      if (value === null) return;
      if (place.length >= STORE_LIMITS.valueDepthMax) throw refused(place, "it is nested too deeply");
      if (Array.isArray(value)) checkArray(value, check);
      else if (isPlainObject(value)) checkObject(value, check);
      else throw refused(place, `a ${value.constructor?.name ?? "value"} cannot be stored; convert it to plain data`);
      return;
    default:
      throw refused(place, `${typeof value} cannot be stored`);
  }
}

function checkArray(value: readonly unknown[], check: Check): void {
  for (let i = 0; i < value.length; i++) {
    check.place.push(i);
    checkItem(value[i], check);
    check.place.pop();
  }
}

function checkObject(value: object, check: Check): void {
  const { place } = check;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    checkText(key, place);
    if (key.includes("\0")) throw refused(place, "a key has a NUL character");
    place.push(key);
    checkItem(item, check);
    place.pop();
  }
}

function checkText(text: string, place: Place): void {
  if (!text.isWellFormed()) throw refused(place, "the text has a lone surrogate, which UTF-8 cannot hold");
}

const refused = (place: Place, why: string) => invalidValue(["value", ...place].join("."), why);

export const isInt64 = (value: bigint): boolean => value >= INT64_MIN && value <= INT64_MAX;

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Sets a property even when its key is `__proto__`. */
export function setOwn(target: object, key: string | number, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else (target as Record<string | number, unknown>)[key] = value;
}

/** Puts values back into a decoded document, which is changed in place. */
export function restore(document: object, exotics: readonly Exotic[], read: (digits: string | null) => unknown): void {
  for (const [place, digits] of exotics) {
    let target = document as Record<string | number, unknown>;
    for (const key of place.slice(0, -1)) target = target[key] as Record<string | number, unknown>;
    setOwn(target, place.at(-1) as string | number, read(digits));
  }
}

/** Refuses an id or series key that is empty, too long, or not a text that every adapter can hold. */
export function checkKey(key: string, what: string): void {
  if (key === "") throw invalidValue(what, "it is empty");
  if (key.includes("\0") || !key.isWellFormed()) throw invalidValue(what, "it has a NUL character or a lone surrogate");
  if (Buffer.byteLength(key) > STORE_LIMITS.idBytesMax)
    throw invalidValue(what, `it is longer than ${STORE_LIMITS.idBytesMax} bytes`);
}
