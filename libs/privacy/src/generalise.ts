import type { FeatureValue, TimestampNs } from "@throughline/kernel";

/** Makes a value coarser. Undefined: it has no coarser form, and is not to be shown. Null stays null. */
export type Generalise = (value: FeatureValue) => FeatureValue | undefined;

/** Parts of a calendar, in UTC. */
export type CalendarUnit = "day" | "month" | "quarter" | "year";

/**
 * Numbers become the range that they lie in: `[18, 30)`, and `(-inf, 18)` and `[30, inf)` at the ends. Whole numbers of 64 bits are
 * compared exactly. NaN has no range. `edges` rise.
 */
export function toRange(edges: readonly number[]): Generalise {
  const names = [
    `(-inf, ${edges[0]})`,
    ...edges.map((it, i) => (i + 1 < edges.length ? `[${it}, ${edges[i + 1]})` : `[${it}, inf)`)),
  ];
  return numeric((value) => {
    const above = edges.findIndex((it) => value < it);
    return names[above < 0 ? edges.length : above];
  });
}

const numeric =
  (name: (value: number | bigint) => string | undefined): Generalise =>
  (value) => {
    if (value === null) return null;
    if (typeof value === "bigint") return name(value);
    return typeof value === "number" && !Number.isNaN(value) ? name(value) : undefined;
  };

const NANOSECONDS_PER_MS = 1_000_000n;

/** Timestamps become the start of their day, month, quarter or year in UTC. Those beyond the years of a Date have none. */
export const toCalendar =
  (unit: CalendarUnit): Generalise =>
  (value) => {
    if (value === null) return null;
    return isTimestamp(value) ? startOf(value, unit) : undefined;
  };

function startOf({ ns }: TimestampNs, unit: CalendarUnit): TimestampNs | undefined {
  const date = new Date(Number(ns / NANOSECONDS_PER_MS - (ns % NANOSECONDS_PER_MS < 0n ? 1n : 0n)));
  const year = date.getUTCFullYear();
  if (Number.isNaN(year)) return undefined;
  const month = {
    day: date.getUTCMonth(),
    month: date.getUTCMonth(),
    quarter: 3 * Math.floor(date.getUTCMonth() / 3),
    year: 0,
  }[unit];
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  const start = new Date(0);
  start.setUTCFullYear(year, month, unit === "day" ? date.getUTCDate() : 1);
  return { ns: BigInt(start.getTime()) * NANOSECONDS_PER_MS };
}

export const isTimestamp = (value: FeatureValue): value is TimestampNs =>
  typeof value === "object" && value !== null && "ns" in value;

/** Codes become their first characters and `*`, so that `10115` and `10117` are both `101*`. Shorter ones have no coarser form. */
export const toPrefix =
  (characters: number): Generalise =>
  (value) => {
    if (value === null) return null;
    if (typeof value !== "string") return undefined;
    const letters = [...value];
    return letters.length > characters ? `${letters.slice(0, characters).join("")}*` : undefined;
  };

/** Values become what a table names for them: the next level of a hierarchy. What the table has not has no coarser form. */
export const toParent =
  (parents: ReadonlyMap<string, string>): Generalise =>
  (value) => {
    if (value === null) return null;
    return typeof value === "string" ? parents.get(value) : undefined;
  };
