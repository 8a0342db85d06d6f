/** JSON that is read from its bytes, in order. Whoever meets what is not read here leaves it to `parseJson`. */
export interface JsonBytes {
  readonly bytes: Buffer;
  at: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const BACKSLASH = 0x5c;

/** Passes over white space. */
export function space(json: JsonBytes): void {
  const { bytes } = json;
  for (let byte = bytes[json.at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; )
    byte = bytes[++json.at];
}

/** Passes over a byte; false if another one is there. */
export function take(json: JsonBytes, byte: number): boolean {
  if (json.bytes[json.at] !== byte) return false;
  json.at += 1;
  return true;
}

/** A key of these with the colon behind it, as its place among them; -1 if there is none. */
export function keyAt(json: JsonBytes, keys: readonly Buffer[]): number {
  const place = wordAt(json, keys);
  if (place < 0) return -1;
  space(json);
  return take(json, COLON) ? place : -1;
}

/** A text of these, as its place among them; -1 if there is none. No text is made of what is only compared. */
export function wordAt(json: JsonBytes, words: readonly Buffer[]): number {
  space(json);
  for (let i = 0; i < words.length; i++) if (takeAll(json, words[i] as Buffer)) return i;
  return -1;
}

/** Texts of plain ASCII as they stand in JSON. */
export const wordsOf = (...texts: readonly string[]): readonly Buffer[] => texts.map((it) => Buffer.from(`"${it}"`));

function takeAll(json: JsonBytes, wanted: Buffer): boolean {
  const { bytes, at } = json;
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  json.at = at + wanted.length;
  return true;
}

/** Longer texts are no names. */
const TEXT_LENGTH_MAX = 512;

/** A text of printable ASCII without anything escaped; undefined for any other. */
export function textAt(json: JsonBytes): string | undefined {
  space(json);
  if (!take(json, QUOTE)) return undefined;
  const { bytes, at: start } = json;
  let end = start;
  for (; end - start <= TEXT_LENGTH_MAX; end++) {
    const byte = bytes[end] ?? 0;
    if (byte === QUOTE) break;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return undefined;
  }
  if (bytes[end] !== QUOTE) return undefined;
  json.at = end + 1;
  return textBetween(bytes, start, end);
}

/** More sizes are no shape. */
const SIZES_MAX = 32;

/** A list of whole numbers from 0 on, in digits alone; undefined for any other. */
export function sizesAt(json: JsonBytes): readonly number[] | undefined {
  space(json);
  if (!take(json, OPEN_LIST)) return undefined;
  const sizes: number[] = [];
  space(json);
  if (take(json, CLOSE_LIST)) return sizes;
  do {
    space(json);
    const start = json.at;
    const size = numberAt(json);
    // A minus alone tells the negative zero from zero.
    if (!Number.isSafeInteger(size) || size < 0 || json.bytes[start] === MINUS || sizes.length === SIZES_MAX)
      return undefined;
    sizes.push(size);
    space(json);
  } while (take(json, COMMA));
  return take(json, CLOSE_LIST) ? sizes : undefined;
}

/** Powers of ten that doubles hold exactly. */
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power);
const EXACT_MAX = 2 ** 53;

/**
 * A number, as `JSON.parse` reads it; NaN if there is none. Digits that make a whole number of 53 bits, times or by a power of ten
 * that is exact, are one operation, which rounds right (Clinger, How to read floating point numbers accurately). Others are left to
 * the platform.
 */
export function numberAt(json: JsonBytes): number {
  space(json);
  const { bytes, at: start } = json;
  let at = start + Number(bytes[start] === MINUS);
  const whole = at;
  let digits = 0;
  let code = digitAt(bytes, at);
  if (code < 0) return Number.NaN;
  for (; code >= 0; code = digitAt(bytes, ++at)) digits = digits * 10 + code;
  // No zero stands in front of other digits.
  if (bytes[whole] === ZERO && at > whole + 1) return Number.NaN;
  let power = 0;
  if (bytes[at] === POINT) {
    const fraction = ++at;
    for (code = digitAt(bytes, at); code >= 0; code = digitAt(bytes, ++at)) digits = digits * 10 + code;
    if (at === fraction) return Number.NaN;
    power = fraction - at;
  }
  if (((bytes[at] ?? 0) | 0x20) === EXPONENT) {
    const sign = bytes[++at];
    if (sign === MINUS || sign === PLUS) at += 1;
    const first = at;
    let exponent = 0;
    for (code = digitAt(bytes, at); code >= 0; code = digitAt(bytes, ++at)) exponent = exponent * 10 + code;
    if (at === first) return Number.NaN;
    power += sign === MINUS ? -exponent : exponent;
  }
  json.at = at;
  const ten = TENS[Math.abs(power)];
  if (ten === undefined || digits > EXACT_MAX) return Number(textBetween(bytes, start, at));
  const value = power < 0 ? digits / ten : digits * ten;
  return bytes[start] === MINUS ? -value : value;
}

/** An `e`, once its case is taken away. */
const EXPONENT = 0x65;

/** The digit at a place; below 0 if there is none. */
function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO;
  return digit <= 9 ? digit : -1;
}

const textBetween = (bytes: Buffer, start: number, end: number): string => bytes.toString("latin1", start, end);
