import type { AggregateView, Aggregation } from "../join-plan.ts";
import type { BoundView } from "./bound-view.ts";
import { widened } from "./column-types.ts";
import { eventsQuery, keyList, sameKeys, WITHIN_REACH } from "./events-sql.ts";
import { identifier } from "./sql.ts";

/** An aggregate view joined to spine rows: row, c0.. (values), e and kt (latest times of what entered, null if nothing did). */

/**
 * For entities with few spine rows in `cuts`: every event meets every spine row of its entity, and is added up where it
 * lies in the window. The events stream through.
 */
export function sparseAggregate(bound: BoundView<AggregateView>, cuts: string): string {
  const { view } = bound;
  const sums = view.aggregations.flatMap((it, i) => [
    `count(v.x${i}) AS n${i}`,
    ...(it.function === "count" ? [] : [`${it.function === "mean" ? "sum" : it.function}(v.x${i}) AS t${i}`]),
  ]);
  const values = view.aggregations.map((it, i) => `${outcome(it, `coalesce(g.n${i}, 0)`, `g.t${i}`)} AS c${i}`);
  return `
    WITH cuts AS (${cuts}),
    totals AS (SELECT ${["c.row", "max(v.e) AS e", "max(v.kt) AS kt", ...sums].join(", ")}
      FROM (${eventsQuery(bound, amounts(bound))}) v
      JOIN cuts c ON ${sameKeys(bound, "v", "c")} AND v.a <= c.cut AND v.a > c.since
      GROUP BY c.row)
    SELECT ${["row", "g.e", "g.kt", ...values].join(", ")} FROM cuts LEFT JOIN totals g USING (row)`;
}

/**
 * For entities with many. Counts and sums are whole numbers, so a window's is exactly what had been counted by its end less
 * what had been by its start: two ASOF joins on running totals. A minimum cannot be taken back like that, and is found by
 * DuckDB's window over spine rows and events together, which costs several times as much and is left out when no minimum or
 * maximum is asked for.
 */
export function crowdedAggregate(bound: BoundView<AggregateView>, cuts: string): string {
  const { view } = bound;
  const values = view.aggregations.map((it, i) => {
    const count = `(coalesce(h.n${i}, 0) - coalesce(l.n${i}, 0))`;
    const total = isExtreme(it) ? `x.c${i}` : `coalesce(h.t${i}, 0) - coalesce(l.t${i}, 0)`;
    return `${outcome(it, count, total)} AS c${i}`;
  });
  const extremes = view.aggregations.flatMap((it, i) => (isExtreme(it) ? [{ name: it.function, index: i }] : []));
  const withExtremes = extremes.length > 0;
  return `
    WITH cuts AS MATERIALIZED (${cuts}),
    events AS MATERIALIZED (SELECT * FROM (${eventsQuery(bound, amounts(bound))}) v
      SEMI JOIN cuts c ON ${sameKeys(bound, "v", "c")} WHERE ${WITHIN_REACH}),
    totals AS MATERIALIZED (${totalsQuery(bound)})
    ${withExtremes ? `, extremes AS (${extremesQuery(bound, extremes)})` : ""}
    SELECT ${["r.row", ...["e", "kt"].map((it) => `CASE WHEN h.a > r.since THEN h.${it} END AS ${it}`), ...values].join(", ")}
    FROM cuts r
    ASOF LEFT JOIN totals h ON ${sameKeys(bound, "r", "h")} AND r.cut >= h.a
    ASOF LEFT JOIN totals l ON ${sameKeys(bound, "r", "l")} AND r.since >= l.a
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
function totalsQuery(bound: BoundView): string {
  const running = bound.inputs.map((_, i) => `count(x${i}) OVER w AS n${i}, sum(x${i}) OVER w AS t${i}`);
  return `SELECT ${[keyList(bound), "a", "e", "kt", ...running].join(", ")} FROM events
    WINDOW w AS (PARTITION BY ${keyList(bound)} ORDER BY a, e, kt ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    QUALIFY lead(a) OVER w IS DISTINCT FROM a`;
}

function extremesQuery(
  bound: BoundView<AggregateView>,
  extremes: readonly { readonly name: string; readonly index: number }[],
): string {
  const names = (prefix: string): string => extremes.map((it) => `, ${prefix}x${it.index}`).join("");
  const events = `SELECT NULL::BIGINT AS row, ${keyList(bound)}, a${names("")} FROM events`;
  const ends = `SELECT row, ${keyList(bound)}, cut AS a${names("NULL::BIGINT AS ")} FROM cuts`;
  const values = extremes.map((it) => `${it.name}(x${it.index}) OVER w AS c${it.index}`);
  return `SELECT ${["row", ...values].join(", ")}
    FROM (${events} UNION ALL ${ends})
    WINDOW w AS (PARTITION BY ${keyList(bound)}
      ORDER BY a RANGE BETWEEN ${bound.view.windowNs - 1n} PRECEDING AND CURRENT ROW)
    QUALIFY row IS NOT NULL`;
}

/** What an aggregation gives for the count of values and their total (their sum, or the least or greatest of them). */
function outcome(aggregation: Aggregation, count: string, total: string): string {
  if (aggregation.function === "count") return count;
  const whole = `CAST(CASE WHEN ${count} > 0 THEN ${total} END AS BIGINT)`;
  if (aggregation.function !== "mean") return whole;
  return `CAST(${whole} AS DOUBLE) / CAST(nullif(${count}, 0) AS DOUBLE)`;
}
