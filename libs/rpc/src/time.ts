import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { invalidField } from "@throughline/kernel";

/** Milliseconds since 1970; fractions below a millisecond are dropped. */
export const toMs = (time: Timestamp): number => Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000);

export const fromMs = (ms: number): Timestamp => fromNs(BigInt(Math.round(ms)) * 1_000_000n);

/** Nanoseconds since 1970. */
export const toNs = (time: Timestamp): bigint => time.seconds * 1_000_000_000n + BigInt(time.nanos);

export function fromNs(ns: bigint): Timestamp {
  const rest = ns % 1_000_000_000n;
  const nanos = rest < 0n ? rest + 1_000_000_000n : rest;
  // A whole message as it stands: each feature of a row has two of them.
  return { $typeName: "google.protobuf.Timestamp", seconds: (ns - nanos) / 1_000_000_000n, nanos: Number(nanos) };
}

/** Nanoseconds of a duration. Fails with INVALID_FIELD for a negative one. */
export function durationToNs(duration: Duration, path: string): bigint {
  const ns = duration.seconds * 1_000_000_000n + BigInt(duration.nanos);
  if (ns < 0n) throw invalidField(path, "the duration is negative");
  return ns;
}
