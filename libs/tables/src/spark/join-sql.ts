import type { BoundView } from "../engine/bound-view.ts";
import type { LatestView } from "../join-plan.ts";

/**
 * The SQL of a point-in-time join on Spark, which has no ASOF join: spine rows and events of a key are sorted into one
 * sequence, in which a spine row sees all events before it. Inside, all names are ours: r is the number of a row, cut the
 * cut-off, e and kt the times of an event and a when it is available, k0.. and j0.. the keys, p0.. and c0.. the values.
 */

/** One view: the names of the spine's columns that hold its keys, in the order of the keys. */
export interface ViewKeys {
  /** Where the events are. */
  readonly events: string;
  readonly spineKeys: readonly string[];
}

/** The columns of a spine row that must be there for anything to match. */
export const complete = (columns: readonly string[]): string => columns.map((it) => `${it} IS NOT NULL`).join(" AND ");

export const eventKeys = ({ spineKeys }: ViewKeys): readonly string[] => spineKeys.map((_, i) => `j${i}`);

/** Columns that others follow. */
export const leading = (columns: readonly string[]): string => columns.map((it) => `${it}, `).join("");

/** Where a span before the cut-off begins, or the first time that 64 bits hold. */
export const since = (spanNs: bigint): string => `COALESCE(TRY_SUBTRACT(cut, ${spanNs}L), ${-(1n << 63n)}L)`;

/** SQL that separates the entities of a window; nothing when there are no keys. */
export const partitionBy = (keys: readonly string[]): string =>
  keys.length > 0 ? `PARTITION BY ${keys.join(", ")}` : "";

/**
 * The latest values of each spine row that has any: r, c0.., e and kt. The best event so far is the largest by event time, knowledge time
 * and place; a structure is compared by its members in their order, and the place is never equal, so that the values that
 * follow it are carried and not compared.
 */
export function latestOnSpark(bound: BoundView<LatestView>, keys: ViewKeys): string {
  const { ttlNs } = bound.view;
  const names = eventKeys(keys);
  const values = bound.inputs.map((_, i) => `c${i}`);
  const young = ttlNs === undefined ? "" : `AND CAST(cut AS DECIMAL(20, 0)) - best.e <= ${ttlNs}`;
  return `
    WITH sequence AS (
      SELECT ${leading(names)}GREATEST(e, kt) AS at, 0 AS side, CAST(NULL AS BIGINT) AS r,
        STRUCT(${["e", "kt", "r", ...values].join(", ")}) AS event
      FROM ${keys.events} WHERE ${complete([...names, "e", "kt"])}
      UNION ALL
      SELECT ${leading(keys.spineKeys)}cut, 1, r, NULL FROM spine WHERE ${complete([...keys.spineKeys, "cut"])}
    ),
    found AS (
      SELECT side, r, at AS cut, MAX(event) OVER w AS best FROM sequence
      WINDOW w AS (${partitionBy(names)} ORDER BY at, side ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
    SELECT r, best.e AS e, best.kt AS kt${values.map((it) => `, best.${it} AS ${it}`).join("")}
    FROM found WHERE side = 1 AND best IS NOT NULL ${young}`;
}
