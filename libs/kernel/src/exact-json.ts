import { randomUUID } from "node:crypto";
import type { Steps } from "./in-turns.ts";

/**
 * JSON with whole numbers of 64 bits, which MLflow writes as plain digits: those that a double cannot hold are bigints
 * here, and everything else is as JSON.parse and JSON.stringify have it.
 */

/** Most digits of a whole number. To read one takes time in proportion to their square. */
const DIGITS_MAX = 400;
const DEPTH_MAX = 100;

/** What of a text is read. */
export interface ExactLimits {
  /** Commas, colons and opening brackets between the texts in it: about twice as many as there are values. */
  readonly signsMax?: number;
}

/**
 * Fails with a SyntaxError for what is no JSON, for whole numbers of more than 400 digits, nesting beyond 100 levels, and more
 * signs than the limit. Takes time in proportion to the text.
 */
export function parseExact(text: string, limits: ExactLimits = {}): unknown {
  const steps = exactSteps(text, limits);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** As `parseExact`, in steps: the longest is the one that reads what is between the long texts. */
export function* exactSteps(text: string, limits: ExactLimits = {}): Steps<unknown> {
  const apart = yield* foundIn(text, limits);
  if (apart.length === 0) return JSON.parse(text);
  const values: unknown[] = [];
  // Nobody who writes a text can know it.
  const mark = randomUUID();
  let rest = "";
  let at = 0;
  for (const it of apart) {
    rest += `${text.slice(at, it.start)}"${mark}${values.length}"`;
    at = it.end;
    if (it.cuts === undefined) values.push(BigInt(text.slice(it.start, it.end)));
    else values.push(yield* longText(text, it.cuts));
  }
  return filled(JSON.parse(rest + text.slice(at)), { mark, values });
}

/** A part of a text that is not left to JSON.parse: a whole number that a double cannot hold, or a long text. */
interface Apart {
  readonly start: number;
  readonly end: number;
  /** Where a long text may be cut, from behind its first quote to its last. */
  readonly cuts?: readonly number[];
}

/** Characters of a text that are looked at or read in one step, of which a longer one has several. */
const STEP_LENGTH = 1024 * 1024;

/** What is not left to JSON.parse, in its order. */
function* foundIn(text: string, { signsMax = Number.POSITIVE_INFINITY }: ExactLimits): Steps<readonly Apart[]> {
  const apart: Apart[] = [];
  let [signs, depth] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfText(text, at + 1, at + STEP_LENGTH);
      const cuts = text.charCodeAt(end) === QUOTE ? undefined : yield* cutsOf(text, at + 1);
      if (cuts !== undefined && isValue(text, cuts)) apart.push({ start: at, end: (cuts.at(-1) ?? 0) + 1, cuts });
      at = cuts?.at(-1) ?? end;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA || code === COLON || code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++signs > signsMax) throw new SyntaxError(`more than ${signsMax} commas, colons and opening brackets`);
      if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
      if (depth > DEPTH_MAX) throw new SyntaxError(`nested more than ${DEPTH_MAX} levels deep`);
      const number = code === OPEN_OBJECT ? undefined : inexactAt(text, at + 1);
      if (number !== undefined) apart.push(number);
    }
  }
  return apart;
}

/** Where a text ends whose inside begins at `from`: at its quote, or at the first place behind `to` where no escape is cut in two. */
function endOfText(text: string, from: number, to: number): number {
  const last = Math.min(to, text.length);
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at);
    if (at >= last || code === QUOTE) return Math.min(at, text.length);
    if (code === BACKSLASH) at += text.charCodeAt(at + 1) === LETTER_U ? 5 : 1;
  }
}

/** Where a long text whose inside begins at `start` may be cut: there, at every step, and at its end. */
function* cutsOf(text: string, start: number): Steps<readonly number[]> {
  const cuts = [start];
  for (let at = start; at < text.length && text.charCodeAt(at) !== QUOTE; cuts.push(at)) {
    at = endOfText(text, at, at + STEP_LENGTH);
    yield;
  }
  return cuts;
}

/** True for a text that ends and is no key: others are rare, and JSON.parse knows what they are. */
function isValue(text: string, cuts: readonly number[]): boolean {
  BEHIND_TEXT.lastIndex = cuts.at(-1) ?? 0;
  return BEHIND_TEXT.test(text);
}

const BEHIND_TEXT = /"[ \t\r\n]*(?![ \t\r\n:])/y;

function* longText(text: string, cuts: readonly number[]): Steps<string> {
  const parts: string[] = [];
  for (let i = 1; i < cuts.length; i++) {
    parts.push(JSON.parse(`"${text.slice(cuts[i - 1], cuts[i])}"`) as string);
    yield;
  }
  return parts.join("");
}

/** At least 16 digits: 2^53 has 16. */
const LONG_WHOLE = /[ \t\r\n]*(-?[1-9]\d{15,})(?=[ \t\r\n]*[,\]}])/y;

function inexactAt(text: string, from: number): Apart | undefined {
  if (text.charCodeAt(from) > LAST_OF_NUMBER) return undefined;
  LONG_WHOLE.lastIndex = from;
  const digits = LONG_WHOLE.exec(text)?.[1];
  if (digits === undefined || Number.isSafeInteger(Number(digits))) return undefined;
  if (digits.replace("-", "").length > DIGITS_MAX) throw new SyntaxError(`a number has more than ${DIGITS_MAX} digits`);
  const end = LONG_WHOLE.lastIndex;
  return { start: end - digits.length, end };
}

interface Filling {
  readonly mark: string;
  readonly values: readonly unknown[];
}

/** The value with what was taken apart in its places. */
function filled(value: unknown, filling: Filling): unknown {
  const { mark, values } = filling;
  if (typeof value === "string") return value.startsWith(mark) ? values[Number(value.slice(mark.length))] : value;
  if (typeof value !== "object" || value === null) return value;
  const parts = value as Record<string, unknown>;
  for (const key of Object.keys(parts)) {
    const part = parts[key];
    const whole = filled(part, filling);
    if (whole !== part) parts[key] = whole;
  }
  return parts;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const LAST_OF_NUMBER = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const LETTER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A whole number as it goes into `JSON.stringify`. */
export function wholeJson(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (JSON as unknown as RawJson).rawJSON(String(value));
}

/** A real number as it goes into `JSON.stringify`: those that JSON has no digits for are texts, as protobuf has it. */
export const realJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

// Part of the language, and not yet of the compiler's library.
interface RawJson {
  rawJSON(text: string): unknown;
}
