import type { BoundJoin } from "./bound-join.ts";
import type { BoundView } from "./bound-view.ts";
import { nanoseconds, widened, widenedWhole } from "./column-types.ts";
import { keyList } from "./events-sql.ts";
import { latestValues } from "./latest-sql.ts";
import type { Pass } from "./passes.ts";
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
    ...join.passthrough.map((it, i) => `${widenedWhole(it)} AS p${i}`),
  ];
  return `SELECT ${columns.join(", ")} FROM ${parquetRows(segments)}`;
}

/**
 * So many spine rows of one entity make it crowded. Up to here every event meets every spine row of its entity; beyond, the
 * events are sorted, which costs the same as meeting some 10 rows but does not stream.
 */
const SPARSE_ROWS_MAX = 16;

/** Which entities a query is for. */
export type Crowd = "sparse" | "crowded";

/** One row: whether there are sparse entities among the cut-offs (or none at all), and whether there are crowded ones. */
export const crowdsQuery = (bound: BoundView, cuts: string): string =>
  `SELECT coalesce(min(n) <= ${SPARSE_ROWS_MAX}, true), coalesce(max(n) > ${SPARSE_ROWS_MAX}, false)
   FROM (SELECT count(*) AS n FROM (${cuts}) GROUP BY ${keyList(bound)})`;

/** The cut-offs of such entities. */
export const crowdQuery = (bound: BoundView, cuts: string, crowd: Crowd): string =>
  `SELECT * EXCLUDE (n) FROM (SELECT *, count(*) OVER (PARTITION BY ${keyList(bound)}) AS n FROM (${cuts}))
   WHERE n ${crowd === "sparse" ? "<=" : ">"} ${SPARSE_ROWS_MAX}`;

/**
 * The result in spine order: what passes through, then the views' columns from the tables view0, view1 and so on. `files` are all
 * files of each view.
 */
export function resultQuery(join: BoundJoin, files: readonly Pass[]): string {
  const columns = [
    ...join.passthrough.map((it, i) => `s.p${i} AS ${identifier(it.name)}`),
    ...join.views.flatMap((view, v) => view.outputs.map((it, i) => `v${v}.c${i} AS ${identifier(it.name)}`)),
  ];
  const views = join.views.map(
    (view, v) => `LEFT JOIN ${valuesOf(view, `view${v}`, files[v] as Pass)} v${v} ON v${v}.row = s.row`,
  );
  return `SELECT ${columns.join(", ")} FROM spine s ${views.join(" ")} ORDER BY s.row`;
}

const valuesOf = (view: BoundView, table: string, whole: Pass): string =>
  view.view.kind === "latest" && view.inputs.length > 0 ? `(${latestValues(view, table, whole)})` : table;
