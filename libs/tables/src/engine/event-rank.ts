import type { Column } from "../table.ts";
import type { BoundView } from "./bound-join.ts";
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
/** The same for a difference of times. */
const TIME_BITS_MAX = 62;

/**
 * The rank as one number, when the times and places of a view's events fit: it is compared in a third of the time. How far
 * times reach is in what the files say of themselves.
 */
export async function rankOf(session: Session, bound: BoundView, rowCounts: readonly number[]): Promise<EventRank> {
  const { view, eventTime, knowledgeTime } = bound;
  const bounds = [eventTime, knowledgeTime].flatMap((it) => [extreme("min", it), extreme("max", it)]);
  const found = await session.one(
    `SELECT ${bounds.join(", ")} FROM read_parquet(${literals(view.segments)}, hive_partitioning = false)`,
  );
  const [firstEvent, lastEvent, firstKnown, lastKnown] = found;
  if (typeof firstEvent !== "bigint" || typeof lastEvent !== "bigint") return COMPOSED_RANK;
  if (typeof firstKnown !== "bigint" || typeof lastKnown !== "bigint") return COMPOSED_RANK;
  const isOneTime = eventTime.name === knowledgeTime.name;
  const bits = {
    e: bitsOf(lastEvent - firstEvent),
    kt: isOneTime ? 0n : bitsOf(lastKnown - firstKnown),
    f: bitsOf(BigInt(rowCounts.length)),
    n: bitsOf(BigInt(Math.max(0, ...rowCounts))),
  };
  const fits = bits.e <= TIME_BITS_MAX && bits.kt <= TIME_BITS_MAX && bits.f + bits.n <= TIME_BITS_MAX;
  if (!fits || bits.e + bits.kt + bits.f + bits.n > RANK_BITS_MAX) return COMPOSED_RANK;
  const [atKnown, atEvent] = [bits.f + bits.n, bits.f + bits.n + bits.kt];
  const event = `CAST(b >> ${atEvent} AS BIGINT) + (${firstEvent})`;
  const known = isOneTime ? event : `CAST((b >> ${atKnown}) & ${mask(bits.kt)} AS BIGINT) + (${firstKnown})`;
  return {
    rank: [
      `CAST(v.e - (${firstEvent}) AS HUGEINT) * ${1n << atEvent}`,
      ...(isOneTime ? [] : [`CAST(v.kt - (${firstKnown}) AS HUGEINT) * ${1n << atKnown}`]),
      `(v.f * ${1n << bits.n} + v.n)`,
    ].join(" + "),
    members: [
      `${event} AS e`,
      `${known} AS kt`,
      `CAST((b >> ${bits.n}) & ${mask(bits.f)} AS BIGINT) AS f`,
      `CAST(b & ${mask(bits.n)} AS BIGINT) AS n`,
    ].join(", "),
  };
}

/** Of the raw column, because of it DuckDB knows the extremes without reading; converting does not change which is one. */
function extreme(name: "min" | "max", { name: column, type }: Column): string {
  const value = `CAST(${name}(${identifier(column)}) AS ${nativeType(type)})`;
  return type === "timestamp" ? `epoch_ns(${value})` : value;
}

const bitsOf = (most: bigint): bigint => BigInt(most.toString(2).length);

const mask = (bits: bigint): string => `${(1n << bits) - 1n}::HUGEINT`;
