import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type FieldReader, varintTag } from "./field-reader.ts";
import { int64 } from "./value-reader.ts";

const [SECONDS, NANOS] = [varintTag(1), varintTag(2)];
/** Above, the library says what it makes of a number that is none of nanoseconds. */
const NANOS_END = 1_000_000_000;

/** A Timestamp that fills the reader to its end. Undefined for what is not read here. */
export function timeIn(reader: FieldReader): Timestamp | undefined {
  const time: Timestamp = { $typeName: "google.protobuf.Timestamp", seconds: 0n, nanos: 0 };
  while (reader.at < reader.end) {
    const tag = reader.bytes[reader.at++];
    const value = tag === SECONDS || tag === NANOS ? int64(reader, reader.end) : undefined;
    if (value === undefined) return undefined;
    if (tag === SECONDS) time.seconds = value;
    else if (value >= 0n && value < NANOS_END) time.nanos = Number(value);
    else return undefined;
  }
  return time;
}
