import type { FeatureValue } from "@throughline/kernel";
import { typeOf, type ValueType } from "./value-type.ts";

/**
 * The one value of a type that a value of another type stands for, such as 7 for the text "7"; undefined if there is none, or
 * if it would not be exact. Null stands for null of any type.
 */
export function convertValue(value: FeatureValue, type: ValueType): FeatureValue | undefined {
  if (value === null || typeOf(value) === type) return value;
  switch (type) {
    case "int64":
      return wholeOf(value);
    case "float64":
      return realOf(value);
    case "string":
      return typeof value === "bigint" ? String(value) : undefined;
    case "timestamp":
      return typeof value === "string" ? instantOf(value) : undefined;
    case "bytes":
      return typeof value === "string" ? bytesOf(value) : undefined;
    case "bool":
      return undefined;
  }
}

const DIGITS = /^[+-]?\d{1,19}$/;
/** Each digit can be matched in one way only, so that a long text which is no number is looked through once. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

function wholeOf(value: FeatureValue): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string" || !DIGITS.test(value)) return undefined;
  const whole = BigInt(value.startsWith("+") ? value.slice(1) : value);
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function realOf(value: FeatureValue): number | undefined {
  if (typeof value === "bigint") {
    const real = Number(value);
    return Number.isSafeInteger(real) ? real : undefined;
  }
  if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
  const real = Number(value);
  return Number.isFinite(real) ? real : undefined;
}

const RFC3339 = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i;

function instantOf(text: string): FeatureValue | undefined {
  const [, seconds = "", fraction = "", zone = ""] = RFC3339.exec(text) ?? [];
  const ms = Date.parse(`${seconds.replace(" ", "T")}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : { ns: BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0")) };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const bytesOf = (text: string): Uint8Array | undefined =>
  BASE64.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
