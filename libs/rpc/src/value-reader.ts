import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { doubleTag, endOfField, entryNameIn, type FieldReader, lengthTag, textIn, varintTag } from "./field-reader.ts";

/** Reads the name and the value of an entry of a map, in this order and each once. False for what is not read here. */
export function readNamedValue(values: Record<string, Value>, reader: FieldReader): boolean {
  const name = entryNameIn(reader);
  if (name === undefined) return false;
  const value = valueIn(reader);
  if (!value || reader.at !== reader.end) return false;
  values[name] = value;
  return true;
}

const [WHOLE, REAL, TEXT] = [varintTag(2), doubleTag(3), lengthTag(4)];

/** A value of at most one field, which is a number or a text; undefined for others. */
export function valueIn(reader: FieldReader): Value | undefined {
  const end = endOfField(reader);
  if (end === undefined) return undefined;
  const kind = reader.at === end ? NOTHING : kindIn(reader, end);
  return kind && reader.at === end ? { $typeName: "throughline.type.v1.Value", kind } : undefined;
}

const NOTHING: Value["kind"] = { case: undefined };

function kindIn(reader: FieldReader, end: number): Value["kind"] | undefined {
  const { bytes } = reader;
  switch (bytes[reader.at++]) {
    case WHOLE: {
      const value = int64(reader, end);
      return value === undefined ? undefined : { case: "int64Value", value };
    }
    case REAL:
      if (reader.at + 8 !== end) return undefined;
      reader.at = end;
      return { case: "float64Value", value: bytes.readDoubleLE(end - 8) };
    case TEXT: {
      const value = endOfField(reader) === end ? textIn(bytes, reader.at, end) : undefined;
      reader.at = end;
      return value === undefined ? undefined : { case: "stringValue", value };
    }
    default:
      return undefined;
  }
}

/** Bytes of a varint whose value is exact as a number. */
const EXACT_BYTES = 7;
const INT64_BYTES = 10;
/** Memory for one number of 64 bits: to make a bigint of a number takes several times as long. */
const wide = new DataView(new ArrayBuffer(8));

/** A varint of 64 bits that ends before `end`. Undefined for one that does not. */
export function int64(reader: FieldReader, end: number): bigint | undefined {
  const { bytes, at } = reader;
  let [low, high] = [0, 0];
  for (let i = at; i < end && i < at + EXACT_BYTES; i++) {
    const byte = bytes[i] ?? 0;
    const shift = 7 * (i - at);
    // Of the fifth byte four bits are low ones.
    if (shift < 32) low |= (byte & 0x7f) << shift;
    if (shift > 21) high |= shift < 32 ? (byte & 0x7f) >>> (32 - shift) : (byte & 0x7f) << (shift - 32);
    if (byte >= 0x80) continue;
    reader.at = i + 1;
    wide.setInt32(0, low, true);
    wide.setInt32(4, high, true);
    return wide.getBigInt64(0, true);
  }
  let value = 0n;
  for (let i = at; i < end && i < at + INT64_BYTES; i++) {
    const byte = bytes[i] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (i - at));
    if (byte >= 0x80) continue;
    reader.at = i + 1;
    return BigInt.asIntN(64, value);
  }
  return undefined;
}
