import type { DuckDBValue } from "@duckdb/node-api";
import type { Column } from "../table.ts";
import type { BoundView } from "./bound-view.ts";
import { nativeType } from "./column-types.ts";
import type { Session } from "./session.ts";
import { identifier, literals } from "./sql.ts";

/** The rank of an event: of some events the one of the greatest rank is the one that the law picks. */
export interface EventRank {
  /** SQL of the rank of an event `v`. */
  readonly rank: string;
  /** SQL of e, kt, f and n, from the rank `b`. */
  readonly members: string;
}

/** The rank as a structure, which is compared member by member. */
export const COMPOSED_RANK: EventRank = {
  rank: "struct_pack(e := v.e, kt := v.kt, f := v.f, n := v.n)",
  members: ["e", "kt", "f", "n"].map((it) => `b.${it} AS ${it}`).join(", "),
};

/** Bits of the widest number that is used; one less than DuckDB has, for the sign. */
const RANK_BITS_MAX = 126;
/** The same for the number that it computes with several times as fast. */
const NARROW_BITS_MAX = 63;
/** The same for a difference of times. */
const TIME_BITS_MAX = 62;

/** Nanoseconds of which the times of DuckDB's types are whole multiples. */
const UNITS_NS: Readonly<Record<string, bigint>> = {
  DATE: 1_000_000_000n,
  TIMESTAMP_S: 1_000_000_000n,
  TIMESTAMP_MS: 1_000_000n,
  TIMESTAMP: 1_000n,
  "TIMESTAMP WITH TIME ZONE": 1_000n,
};

/**
 * The rank as one number, when the times and places of a view's events fit: it is compared in a third of the time. How far
 * times reach is in what the files say of themselves.
 */
export async function rankOf(session: Session, bound: BoundView, rowCounts: readonly number[]): Promise<EventRank> {
  const { view, eventTime, knowledgeTime } = bound;
  const bounds = [eventTime, knowledgeTime].flatMap((it) => [
    ...(["min", "max"] as const).map((name) => extreme(name, it)),
    `typeof(min(${identifier(it.name)}))`,
  ]);
  const found = await session.one(
    `SELECT ${bounds.join(", ")} FROM read_parquet(${literals(view.segments)}, hive_partitioning = false)`,
  );
  const event = timesOf("e", found.slice(0, 3));
  const known = timesOf("kt", found.slice(3));
  if (!event || !known) return COMPOSED_RANK;
  const isOneTime = eventTime.name === knowledgeTime.name;
  const bits = {
    e: event.bits,
    kt: isOneTime ? 0n : known.bits,
    f: bitsOf(BigInt(rowCounts.length - 1)),
    n: bitsOf(BigInt(Math.max(1, ...rowCounts) - 1)),
  };
  const all = bits.e + bits.kt + bits.f + bits.n;
  const fits = bits.e <= TIME_BITS_MAX && bits.kt <= TIME_BITS_MAX && bits.f + bits.n <= TIME_BITS_MAX;
  if (!fits || all > RANK_BITS_MAX) return COMPOSED_RANK;
  const type = all <= NARROW_BITS_MAX ? "BIGINT" : "HUGEINT";
  const part = (from: bigint, width: bigint): string =>
    `CAST((b >> ${from}) & ${(1n << width) - 1n}::${type} AS BIGINT)`;
  const [atKnown, atEvent] = [bits.f + bits.n, bits.f + bits.n + bits.kt];
  const happened = event.timeOf(part(atEvent, bits.e));
  return {
    rank: [
      `CAST(${event.place} AS ${type}) * ${1n << atEvent}`,
      ...(isOneTime ? [] : [`CAST(${known.place} AS ${type}) * ${1n << atKnown}`]),
      `(v.f * ${1n << bits.n} + v.n)`,
    ].join(" + "),
    members: [
      `${happened} AS e`,
      `${isOneTime ? happened : known.timeOf(part(atKnown, bits.kt))} AS kt`,
      `${part(bits.n, bits.f)} AS f`,
      `${part(0n, bits.n)} AS n`,
    ].join(", "),
  };
}

/** How times of a column are numbered from the first of them on; undefined if the files do not tell how far they reach. */
function timesOf(name: string, [first, last, type]: readonly DuckDBValue[]) {
  if (typeof first !== "bigint" || typeof last !== "bigint") return undefined;
  const unitOfType = UNITS_NS[String(type)] ?? 1n;
  // Infinite times, the least and the greatest that there are, are no multiples of anything.
  const unit = (last - first) % unitOfType === 0n ? unitOfType : 1n;
  const since = `v.${name} - (${first})`;
  return {
    bits: bitsOf((last - first) / unit),
    place: unit === 1n ? since : `(${since}) // ${unit}`,
    timeOf: (place: string): string => `${unit === 1n ? place : `${place} * ${unit}`} + (${first})`,
  };
}

/** Of the raw column, because of it DuckDB knows the extremes without reading; converting does not change which is one. */
function extreme(name: "min" | "max", { name: column, type }: Column): string {
  const value = `CAST(${name}(${identifier(column)}) AS ${nativeType(type)})`;
  return type === "timestamp" ? `epoch_ns(${value})` : value;
}

const bitsOf = (most: bigint): bigint => (most === 0n ? 0n : BigInt(most.toString(2).length));
