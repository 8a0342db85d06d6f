import type { JsonValue } from "@bufbuild/protobuf";
import { invalidField } from "@throughline/kernel";

const DEPTH_MAX = 100;
const KEY_LENGTH_SHOWN = 200;

/**
 * Reads JSON, refusing what parsers disagree about: keys given twice, `__proto__`, numbers beyond the range of a double,
 * a byte order mark, and nesting beyond 100 levels. Undefined for no text at all. Takes time in proportion to the text.
 */
export function parseJson(bytes: Uint8Array): JsonValue | undefined {
  if (bytes.byteLength === 0) return undefined;
  const text = decodeUtf8(bytes);
  const value = parse(text);
  // The text is known to be JSON from here on, which keeps the walks over it simple. What is wrong with it is looked for
  // only once something is: a key that is given twice stands in the text once more than in the value.
  if (keysOfValue(value, 0) === keysOfText(text)) return value;
  checkKeysAndDepth(text);
  checkNumbers(value, "");
  return value;
}

/** How many keys the objects of a value have; NaN if any of it is to be refused. */
function keysOfValue(value: JsonValue, depth: number): number {
  if (typeof value === "number") return Number.isFinite(value) ? 0 : Number.NaN;
  if (typeof value !== "object" || value === null) return 0;
  if (depth === DEPTH_MAX) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) {
    // By index, and without a call for a number: most of a large body are lists of numbers.
    for (let i = 0; i < value.length; i++) {
      const item = value[i] ?? null;
      if (typeof item !== "number") count += keysOfValue(item, depth + 1);
      else if (!Number.isFinite(item)) return Number.NaN;
    }
    return count;
  }
  for (const key of Object.keys(value)) {
    if (key === "__proto__") return Number.NaN;
    count += 1 + keysOfValue(value[key] ?? null, depth + 1);
  }
  return count;
}

/** How many texts have a colon behind them. */
function keysOfText(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at = endOfText(text, at) + 1;
    while (isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === COLON) count++;
  }
  return count;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    throw invalidField("body", "the body is not UTF-8");
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw invalidField("body", `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function checkKeysAndDepth(text: string): void {
  // The keys of each object that is open; undefined stands for a list.
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        isKeyNext = text.charCodeAt(at) === OPEN_OBJECT;
        open.push(isKeyNext ? new Set() : undefined);
        if (open.length > DEPTH_MAX) throw invalidField("body", `nested more than ${DEPTH_MAX} levels deep`);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        open.pop();
        isKeyNext = false;
        break;
      case COMMA:
        isKeyNext = open.at(-1) !== undefined;
        break;
      case QUOTE: {
        const end = endOfText(text, at);
        if (isKeyNext) checkKey(JSON.parse(text.slice(at, end + 1)) as string, open.at(-1));
        isKeyNext = false;
        at = end;
        break;
      }
    }
  }
}

/** Where the quote stands that ends the text which begins at `start`. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

function checkKey(key: string, keys: Set<string> | undefined): void {
  if (key === "__proto__") throw invalidField("__proto__", "this key is refused");
  if (keys?.has(key)) throw invalidField(key.slice(0, KEY_LENGTH_SHOWN), "the key is given twice");
  keys?.add(key);
}

/** The depth is known to be small here. */
function checkNumbers(value: JsonValue, path: string): void {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw invalidField(path || "body", "the number is beyond the range of a double");
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      if (typeof item === "number" && Number.isFinite(item)) continue;
      checkNumbers(item, `${path}[${i}]`);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) checkNumbers(item, path === "" ? key : `${path}.${key}`);
  }
}
