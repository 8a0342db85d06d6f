import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";

const LOCALE = "en-GB";

/** Whole numbers with thousands apart. */
export const count = (value: bigint | number): string => value.toLocaleString("en-US");

/** A number of things: `1 row`, `2,000 rows`. The plural is made by an `s`. */
export const counted = (value: bigint | number, thing: string): string =>
  `${count(value)} ${thing}${Number(value) === 1 ? "" : "s"}`;

/** A figure with four significant digits; `–` for what is not defined. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US");
  if (size >= 1e7 || size < 1e-4) return value.toExponential(3);
  return size >= 1000
    ? value.toLocaleString("en-US", { maximumFractionDigits: 1 })
    : Number(value.toPrecision(4)).toString();
}

/** A share as a percentage: 0.1 is `10 %`. */
export const percent = (share: number): string =>
  Number.isFinite(share) ? `${Number((share * 100).toFixed(2))} %` : "–";

/** Hundredths of a percent as a percentage. */
export const basisPoints = (value: number): string => percent(value / 10_000);

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size in bytes, in the largest unit that leaves at least one. */
export function bytes(size: bigint | number): string {
  let value = Number(size);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Milliseconds since 1970, or undefined for a time that is not set. */
export const toMs = (time: Timestamp | undefined): number | undefined =>
  time === undefined ? undefined : Number(time.seconds) * 1000 + time.nanos / 1e6;

/** An instant in UTC to the second: `2013-09-14 17:05:00`. The platform's instants are all in UTC. */
export function instant(time: Timestamp | undefined): string {
  const ms = toMs(time);
  return ms === undefined || !(Math.abs(ms) <= 8.64e15)
    ? "–"
    : new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

const STEPS = [
  ["year", 31_557_600_000],
  ["month", 2_629_800_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "always" });

/** How long ago something was: `3 hours ago`. */
export function ago(time: Timestamp | undefined, nowMs: number): string {
  const ms = toMs(time);
  return ms === undefined ? "–" : agoMs(ms, nowMs);
}

/** How long before `nowMs` an instant in milliseconds since 1970 was. */
export function agoMs(ms: number, nowMs: number): string {
  const passed = nowMs - ms;
  const step = STEPS.find(([, size]) => Math.abs(passed) >= size);
  return step ? relative.format(Math.round(-passed / step[1]), step[0]) : "just now";
}

/** A length of time: `1 h 4 min`, `24 h`, `12.4 s`, `830 ms`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return parts([minutes, "min"], [Math.floor((ms % 60_000) / 1000), "s"]);
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? parts([hours, "h"], [minutes % 60, "min"])
    : parts([Math.floor(hours / 24), "d"], [hours % 24, "h"]);
}

type Part = readonly [amount: number, unit: string];

/** Two parts of a length of time, the smaller one only where there is something of it. */
const parts = (larger: Part, smaller: Part): string =>
  [larger, smaller]
    .filter((it, i) => i === 0 || it[0] > 0)
    .map(([amount, unit]) => `${count(amount)} ${unit}`)
    .join(" ");

/** Milliseconds of a length of time, or NaN if it is not set. */
export const spanMs = (span: Duration | undefined): number =>
  span === undefined ? Number.NaN : Number(span.seconds) * 1000 + span.nanos / 1e6;

/** `RUN_STATE_FINISHED` style names of enums as words: `finished`. */
export const words = (name: string | undefined, prefix = ""): string =>
  (name ?? "unknown").replace(prefix, "").toLowerCase().replaceAll("_", " ");
