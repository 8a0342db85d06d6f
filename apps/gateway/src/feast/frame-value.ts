import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type Value, ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { refused } from "./errors.ts";

/** A value of a data frame as a value of the column's type. Fails with what was needed at `pathOf()`. */
export function columnValue(value: unknown, type: ValueType, pathOf: () => string): Value {
  return { $typeName: "throughline.type.v1.Value", kind: kindOf(value, type, pathOf) };
}

function kindOf(value: unknown, type: ValueType, pathOf: () => string): Value["kind"] {
  if (value === null || value === undefined) return { case: undefined };
  switch (type) {
    case ValueType.BOOL:
      if (typeof value === "boolean") return { case: "boolValue", value };
      break;
    case ValueType.INT64: {
      const whole = wholeOf(value);
      if (whole !== undefined) return { case: "int64Value", value: whole };
      break;
    }
    case ValueType.FLOAT64:
      if (typeof value === "number") return { case: "float64Value", value };
      break;
    case ValueType.STRING:
      if (typeof value === "string") return { case: "stringValue", value };
      break;
    case ValueType.BYTES:
      if (typeof value === "string" && BASE64.test(value))
        return { case: "bytesValue", value: new Uint8Array(Buffer.from(value, "base64")) };
      break;
    case ValueType.TIMESTAMP: {
      const time = typeof value === "string" ? instantOf(value) : secondsOf(wholeOf(value));
      if (time) return { case: "timestampValue", value: time };
    }
  }
  throw refused(`${pathOf()} is no ${NEEDED[type] ?? "value of a type that can be pushed"}.`);
}

const NEEDED: Readonly<Partial<Record<ValueType, string>>> = {
  [ValueType.BOOL]: "truth value",
  [ValueType.INT64]: "whole number of 64 bits",
  [ValueType.FLOAT64]: "number",
  [ValueType.STRING]: "text",
  [ValueType.BYTES]: "text in base64",
  [ValueType.TIMESTAMP]: "time such as 2026-11-21T08:30:00Z, or seconds since 1970",
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "bigint" && BigInt.asIntN(64, value) === value ? value : undefined;
}

const secondsOf = (seconds: bigint | undefined): Timestamp | undefined =>
  seconds === undefined ? undefined : create(TimestampSchema, { seconds });

/** ISO 8601 as pandas and Python write it; a time without a zone is in UTC, as Feast takes it. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** A time in a text; undefined if there is none in it. */
export function instantOf(text: string): Timestamp | undefined {
  const [, day, clock = "00:00:00", fraction = "", zone = "Z"] = TIME.exec(text.trim()) ?? [];
  const ms = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  if (day === undefined || Number.isNaN(ms)) return undefined;
  return create(TimestampSchema, { seconds: BigInt(ms / 1_000), nanos: Number(fraction.padEnd(9, "0")) });
}
