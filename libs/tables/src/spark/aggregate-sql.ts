import type { BoundView } from "../engine/bound-view.ts";
import type { AggregateView, Aggregation } from "../join-plan.ts";
import { complete, eventKeys, leading, partitionBy, since, type ViewKeys } from "./join-sql.ts";

/**
 * The aggregates of each spine row: r, c0.., e and kt (times of the event that became available last in its window).
 *
 * A window's count and sum are what had been counted by its end less what had been by its start, so each spine row stands
 * in the sequence of its key twice: at its cut-off, and where its window begins. A minimum cannot be taken back like that:
 * Spark looks through the window of every row, which costs as much as windows are long, and is left out when no minimum or
 * maximum is asked for.
 */
export function aggregateOnSpark(bound: BoundView<AggregateView>, keys: ViewKeys): string {
  const { view, inputs } = bound;
  const ends = inputs.flatMap((_, i) => [`n${i}`, `t${i}`]);
  const extremes = view.aggregations.flatMap((it, i) => (isExtreme(it) ? [`m${i}`] : []));
  const values = view.aggregations.map((it, i) => `${aggregated(it, i)} AS c${i}`);
  return `
    WITH sequence AS (${sequence(bound, keys)}),
    totals AS (${totals(bound, keys)}),
    windows AS (
      SELECT r, MAX(at) FILTER (WHERE side = 2) AS start
        ${NEWEST.map((it) => `, MAX(newest.${it}) FILTER (WHERE side = 1) AS newest_${it}`).join("")}
        ${[...ends, ...extremes].map((it) => `, MAX(${it}) FILTER (WHERE side = 1) AS ${it}`).join("")}
        ${ends.map((it) => `, COALESCE(MAX(${it}) FILTER (WHERE side = 2), 0) AS s${it}`).join("")}
      FROM totals WHERE side > 0 GROUP BY r
    )
    SELECT ${["r", ...["e", "kt"].map((it) => `IF(newest_at > start, newest_${it}, NULL) AS ${it}`), ...values].join(", ")}
    FROM windows`;
}

/** There is one row of each side, so that a maximum is its value. Of structures Spark finds it by sorting, and of numbers by hash. */
const NEWEST = ["at", "e", "kt"];

const isExtreme = (it: Aggregation): boolean => it.function === "min" || it.function === "max";

/** Events (side 0), cut-offs (1) and beginnings of windows (2) in one table; at the same moment in this order. */
function sequence({ view, inputs }: BoundView<AggregateView>, keys: ViewKeys): string {
  const names = eventKeys(keys);
  const marks = (at: string, side: number): string =>
    `SELECT ${leading(keys.spineKeys)}${at}, ${side}, r, NULL${", NULL".repeat(inputs.length)}
     FROM spine WHERE ${complete([...keys.spineKeys, "cut"])}`;
  // The numbers that are added up: the values themselves, or 1 for each value that is only counted.
  const amounts = inputs.map((it, i) => {
    if (!it) return `1L AS x${i}`;
    const isWhole = it.type === "int64" || it.type === "bool";
    return isWhole ? `CAST(c${i} AS BIGINT) AS x${i}` : `IF(c${i} IS NOT NULL, 1L, NULL) AS x${i}`;
  });
  return `
    SELECT ${leading(names)}GREATEST(e, kt) AS at, 0 AS side, CAST(NULL AS BIGINT) AS r,
      ${["STRUCT(GREATEST(e, kt) AS at, e, kt) AS event", ...amounts].join(", ")}
    FROM ${keys.events} WHERE ${complete([...names, "e", "kt"])}
    UNION ALL ${marks("cut", 1)}
    UNION ALL ${marks(since(view.windowNs), 2)}`;
}

/** Running counts n0.. and sums t0.., the newest event so far, and the extremes m0.. of the window that ends here. */
function totals({ view, inputs }: BoundView<AggregateView>, keys: ViewKeys): string {
  const partition = partitionBy(eventKeys(keys));
  // A running sum may leave 64 bits where those of all windows stay within.
  const running = inputs.map(
    (_, i) => `COUNT(x${i}) OVER w AS n${i}, SUM(CAST(x${i} AS DECIMAL(20, 0))) OVER w AS t${i}`,
  );
  const extremes = view.aggregations.flatMap((it, i) =>
    isExtreme(it) ? [`${it.function}(x${i}) OVER near AS m${i}`] : [],
  );
  return `
    SELECT ${["side", "r", "at", "MAX(event) OVER w AS newest", ...running, ...extremes].join(", ")} FROM sequence
    WINDOW w AS (${partition} ORDER BY at, side ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
      near AS (${partition} ORDER BY at RANGE BETWEEN ${view.windowNs - 1n}L PRECEDING AND CURRENT ROW)`;
}

function aggregated(aggregation: Aggregation, i: number): string {
  const count = `(n${i} - sn${i})`;
  const sum = `CAST(IF(${count} > 0, COALESCE(t${i}, 0) - st${i}, NULL) AS BIGINT)`;
  switch (aggregation.function) {
    case "count":
      return count;
    case "sum":
      return sum;
    case "mean":
      return `CAST(${sum} AS DOUBLE) / CAST(NULLIF(${count}, 0) AS DOUBLE)`;
    case "min":
    case "max":
      return `m${i}`;
  }
}
