import { type JsonValue, ScalarType } from "@bufbuild/protobuf";
import type { FieldViolation } from "@throughline/kernel";
import { type JsonMessage, type Leaf, pathText, visitLeaves } from "./json-leaves.ts";

/**
 * What the JSON mapping would take and silently change: whole numbers that JSON's numbers cannot hold, the 30th of
 * February, texts that are numbers in JavaScript alone, and what follows a duration.
 */
export function inexactValues(message: JsonMessage): FieldViolation[] {
  const violations: FieldViolation[] = [];
  visitLeaves(message, (leaf) => {
    const description = whyInexact(leaf);
    if (description !== undefined) violations.push({ path: pathText(leaf.place), description });
  });
  return violations;
}

const WHOLE_64 = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);
const WHOLE_32 = new Set([
  ScalarType.INT32,
  ScalarType.UINT32,
  ScalarType.SINT32,
  ScalarType.FIXED32,
  ScalarType.SFIXED32,
]);
const REAL = new Set([ScalarType.DOUBLE, ScalarType.FLOAT]);

const WHOLE_TEXT = /^-?\d+$/;
const REAL_TEXT = /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|NaN|-?Infinity)$/;
const DURATION = /^-?\d+(\.\d{1,9})?s$/;

function whyInexact({ field, value, isItem }: Leaf): string | undefined {
  if (!field || (!isItem && (field.fieldKind === "list" || field.fieldKind === "map"))) return undefined;
  if (field.message?.typeName === "google.protobuf.Timestamp") return whyNoTime(value);
  if (field.message?.typeName === "google.protobuf.Duration")
    return typeof value === "string" && !DURATION.test(value) ? "expected seconds, such as 1.5s" : undefined;
  return field.scalar === undefined ? undefined : whyInexactNumber(field.scalar, value);
}

function whyInexactNumber(scalar: ScalarType, value: JsonValue): string | undefined {
  if (WHOLE_64.has(scalar) && typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    return "a number beyond 2^53 is not exact in JSON: send it as text";
  const isWhole = WHOLE_64.has(scalar) || WHOLE_32.has(scalar);
  if (typeof value !== "string") return undefined;
  if (isWhole && !WHOLE_TEXT.test(value)) return "expected a whole number in decimal digits";
  return REAL.has(scalar) && !REAL_TEXT.test(value)
    ? "expected a decimal number, NaN, Infinity or -Infinity"
    : undefined;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):/;

/** Dates that are none are moved to the next month by the platform's parser. */
function whyNoTime(value: JsonValue): string | undefined {
  const [, year, month, day, hour] = (typeof value === "string" && TIME.exec(value)) || [];
  if (year === undefined) return "expected RFC 3339, such as 2026-01-31T12:00:00Z, from year 0001 to 9999";
  const isReal = Number(day) >= 1 && Number(day) <= daysOf(Number(year), Number(month)) && Number(hour) < 24;
  return isReal ? undefined : "there is no such date";
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** How many days a month of the Gregorian calendar has; none if there is no such month. */
function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0);
}
