import type { AggregateView, LatestView } from "../join-plan.ts";
import { aggregateQuery } from "./aggregate-sql.ts";
import type { BoundJoin, BoundView } from "./bound-join.ts";
import { nanoseconds, widened } from "./column-types.ts";
import { eventsQuery, type JoinKey, partitionBy } from "./events-sql.ts";
import { identifier, parquetRows } from "./sql.ts";

/**
 * The SQL of a point-in-time join. Inside, all names are ours (row, cut, k0.., c0..), so that no column of a caller can be
 * mistaken for one of them; callers' names appear where files are read and where the result is named.
 */

/** The different spine columns that keys use; a key is kept once however many views share it. */
export const spineColumns = (join: BoundJoin): readonly string[] => [
  ...new Set(join.views.flatMap((view) => view.keys.map((it) => it.spine.name))),
];

interface SpineSource {
  readonly segments: readonly string[];
  readonly firstRows: readonly bigint[];
  readonly keys: readonly string[];
}

/** The spine with numbered rows: row, cut (nanoseconds), k0.. (keys), p0.. (passing through). */
export function spineQuery(join: BoundJoin, { segments, firstRows, keys }: SpineSource): string {
  const types = new Map(join.views.flatMap((view) => view.keys.map((it) => [it.spine.name, it.spine])));
  const columns = [
    `CAST(file_row_number AS BIGINT) + list_extract([${firstRows.join(", ")}]::BIGINT[], CAST(file_index AS BIGINT) + 1) AS row`,
    `${nanoseconds(join.cutoff)} AS cut`,
    ...keys.map((name, i) => `${widened(types.get(name) ?? { name, type: "string" })} AS k${i}`),
    ...join.passthrough.map((it, i) => `${widened(it)} AS p${i}`),
  ];
  return `SELECT ${columns.join(", ")} FROM ${parquetRows(segments)}`;
}

/** One view joined to the spine: row, c0.. (values), e and kt (times of the newest event that entered). */
export function viewQuery(bound: BoundView, spineKeys: readonly string[]): string {
  const keys = bound.keys.map((it, i) => ({ spine: `s.k${spineKeys.indexOf(it.spine.name)}`, event: `j${i}` }));
  return bound.view.kind === "latest"
    ? latestQuery(bound as BoundView<LatestView>, keys)
    : aggregateQuery(bound as BoundView<AggregateView>, keys);
}

/**
 * One ASOF join on the time of availability over the events that are ever the best of their key. An event is never the
 * best when an earlier available one has a later event time (it came in late, after news it does not change), or when
 * another becomes available at the same moment and is better. What is left rises in event time with availability, so the
 * last available is the best. Only row numbers go through the sort; the values are fetched for the rows that matched.
 */
function latestQuery(bound: BoundView<LatestView>, keys: readonly JoinKey[]): string {
  const { view, inputs } = bound;
  const matches = [...keys.map((it) => `${it.spine} = b.${it.event}`), "s.cut >= b.a"].join(" AND ");
  const values = inputs.map((it, i) => (it ? `, ${widened(it, "v.")} AS c${i}` : "")).join("");
  const young = view.ttlNs === undefined ? "" : `WHERE CAST(m.cut AS HUGEINT) - m.e <= ${view.ttlNs}`;
  return `
    WITH events AS (${eventsQuery(bound, ["file_index AS f", "file_row_number AS n"])}),
    best AS (
      SELECT * FROM events
      WINDOW w AS (${partitionBy(keys)} ORDER BY a, e, kt, f, n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
      QUALIFY lead(a) OVER w IS DISTINCT FROM a AND max(e) OVER w <= e
    ),
    matched AS (SELECT s.row, s.cut, b.e, b.kt, b.f, b.n FROM spine s ASOF JOIN best b ON ${matches})
    SELECT m.row, m.e, m.kt${values}
    FROM matched m JOIN ${parquetRows(view.segments)} v ON v.file_index = m.f AND v.file_row_number = m.n
    ${young}`;
}

/** The result in spine order: what passes through, then the views' columns. */
export function resultQuery(join: BoundJoin): string {
  const columns = [
    ...join.passthrough.map((it, i) => `s.p${i} AS ${identifier(it.name)}`),
    ...join.views.flatMap((view, v) => view.outputs.map((it, i) => `v${v}.c${i} AS ${identifier(it.name)}`)),
  ];
  const views = join.views.map((_, v) => `LEFT JOIN view${v} v${v} ON v${v}.row = s.row`);
  return `SELECT ${columns.join(", ")} FROM spine s ${views.join(" ")} ORDER BY s.row`;
}
