import type { AggregateView, Aggregation } from "../join-plan.ts";
import type { BoundView } from "./bound-join.ts";
import { widened } from "./column-types.ts";
import { eventsQuery, type JoinKey, partitionBy } from "./events-sql.ts";
import { identifier } from "./sql.ts";

/**
 * An aggregate view joined to the spine: row, c0.. (values), e and kt (times of the event that became available last).
 *
 * Counts and sums are whole numbers, so a window's is exactly what had been counted by its end less what had been by its
 * start: two ASOF joins on running totals. A minimum cannot be taken back like that, and is found by DuckDB's window over
 * spine rows and events together, which costs several times as much and is left out when no minimum or maximum is asked for.
 */
export function aggregateQuery(bound: BoundView<AggregateView>, keys: readonly JoinKey[]): string {
  const { view } = bound;
  const values = view.aggregations.map((it, i) => `${aggregated(it, i)} AS c${i}`);
  const extremes = view.aggregations.flatMap((it, i) => (isExtreme(it) ? [{ name: it.function, index: i }] : []));
  const withExtremes = extremes.length > 0;
  return `
    WITH events AS MATERIALIZED (${eventsQuery(bound, amounts(bound))}),
    ends AS (SELECT s.row, s.cut, s.cut - ${view.windowNs} AS start${keys.map((it) => `, ${it.spine} AS ${it.event}`).join("")}
      FROM spine s WHERE ${[...keys.map((it) => it.spine), "s.cut"].map((it) => `${it} IS NOT NULL`).join(" AND ")}),
    totals AS MATERIALIZED (${totalsQuery(bound, keys)})
    ${withExtremes ? `, extremes AS (${extremesQuery(view, keys, extremes)})` : ""}
    SELECT ${["r.row", ...["e", "kt"].map((it) => `CASE WHEN h.a > r.start THEN h.${it} END AS ${it}`), ...values].join(", ")}
    FROM ends r
    ASOF LEFT JOIN totals h ON ${[...keys.map((it) => `r.${it.event} = h.${it.event}`), "r.cut >= h.a"].join(" AND ")}
    ASOF LEFT JOIN totals l ON ${[...keys.map((it) => `r.${it.event} = l.${it.event}`), "r.start >= l.a"].join(" AND ")}
    ${withExtremes ? "LEFT JOIN extremes x ON x.row = r.row" : ""}`;
}

const isExtreme = (it: Aggregation): boolean => it.function === "min" || it.function === "max";

/** The numbers that are added up, x0.. : the values themselves, or 1 for each value that is only counted. */
const amounts = ({ inputs }: BoundView): readonly string[] =>
  inputs.map((it, i) => {
    if (!it) return `1::BIGINT AS x${i}`;
    const isWhole = it.type === "int64" || it.type === "bool";
    return isWhole
      ? `CAST(${widened(it)} AS BIGINT) AS x${i}`
      : `CASE WHEN ${identifier(it.name)} IS NOT NULL THEN 1::BIGINT END AS x${i}`;
  });

/** Running counts n0.. and sums t0.. at every moment when something became available. */
function totalsQuery({ inputs }: BoundView, keys: readonly JoinKey[]): string {
  const running = inputs.map((_, i) => `count(x${i}) OVER w AS n${i}, sum(x${i}) OVER w AS t${i}`);
  return `SELECT ${[...keys.map((it) => it.event), "a", "e", "kt", ...running].join(", ")} FROM events
    WINDOW w AS (${partitionBy(keys)} ORDER BY a, e, kt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    QUALIFY lead(a) OVER w IS DISTINCT FROM a`;
}

function extremesQuery(
  view: AggregateView,
  keys: readonly JoinKey[],
  extremes: readonly { readonly name: string; readonly index: number }[],
): string {
  const eventKeys = keys.map((it) => `${it.event}, `).join("");
  const names = (prefix: string): string => extremes.map((it) => `, ${prefix}x${it.index}`).join("");
  const events = `SELECT NULL::BIGINT AS row, ${eventKeys}a${names("")} FROM events`;
  const ends = `SELECT row, ${eventKeys}cut AS a${names("NULL::BIGINT AS ")} FROM ends`;
  const values = extremes.map((it) => `${it.name}(x${it.index}) OVER w AS c${it.index}`);
  return `SELECT ${["row", ...values].join(", ")}
    FROM (${events} UNION ALL ${ends})
    WINDOW w AS (${partitionBy(keys)} ORDER BY a RANGE BETWEEN ${view.windowNs - 1n} PRECEDING AND CURRENT ROW)
    QUALIFY row IS NOT NULL`;
}

function aggregated(aggregation: Aggregation, i: number): string {
  const count = `(coalesce(h.n${i}, 0) - coalesce(l.n${i}, 0))`;
  const sum = `CAST(CASE WHEN ${count} > 0 THEN coalesce(h.t${i}, 0) - coalesce(l.t${i}, 0) END AS BIGINT)`;
  switch (aggregation.function) {
    case "count":
      return count;
    case "sum":
      return sum;
    case "mean":
      return `CAST(${sum} AS DOUBLE) / CAST(nullif(${count}, 0) AS DOUBLE)`;
    case "min":
    case "max":
      return `x.c${i}`;
  }
}
