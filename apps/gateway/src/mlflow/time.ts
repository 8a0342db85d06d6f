import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Fields, milliseconds } from "../json-fields.ts";

/** A time since 1970, in a field that may be absent. */
export function time(fields: Fields, key: string): Timestamp | undefined {
  const ms = milliseconds(fields, key);
  return ms === undefined ? undefined : timestamp(ms);
}

/** The year 1, before which the platform knows no time. */
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");

/** As `time`, also before 1970: MLflow looks at when metrics were measured, and not at when runs began and ended. */
export function anyTime(fields: Fields, key: string): Timestamp | undefined {
  const ms = milliseconds(fields, key, FIRST_MS);
  return ms === undefined ? undefined : timestampFromMs(ms);
}

/** As a literal, because a batch has a thousand of them. */
const timestamp = (ms: number): Timestamp => {
  const restMs = ms % 1_000;
  return {
    $typeName: "google.protobuf.Timestamp",
    seconds: BigInt((ms - restMs) / 1_000),
    nanos: restMs * 1_000_000,
  };
};

/** Milliseconds since 1970; undefined if there is no time. */
export const msOf = (time: Timestamp | undefined): number | undefined =>
  time && Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000);
