import type { BoundView } from "./bound-view.ts";
import { viewRows, widened } from "./column-types.ts";
import type { EventRank } from "./event-rank.ts";
import { eventsQuery, keyList, sameKeys } from "./events-sql.ts";
import { fileNumber, inShares, type Pass } from "./passes.ts";
import { identifier } from "./sql.ts";

/**
 * The event that enters each spine row of a latest view: row, e and kt (its times), f and n (file and row where it stands).
 * Only these narrow columns are worked with; the values are read when the result is written.
 */

/** The events of a pass with the places where they stand. */
const placed = (bound: BoundView, pass: Pass): string =>
  eventsQuery(bound, [`${fileNumber(pass, "r")} AS f`, "file_row_number AS n"], pass);

/** Spine rows of a view, and the events that they are joined to. */
export interface LatestPart {
  /** SQL that gives them as `cutsQuery` does. */
  readonly cuts: string;
  readonly pass: Pass;
  readonly rank: EventRank;
}

/**
 * For entities with few spine rows in `cuts`: every event meets every spine row of its entity, and the best is kept of those
 * that were available. The events stream through, so memory holds no more than the spine.
 */
export const sparseLatest = (bound: BoundView, { cuts, pass, rank: { rank, members } }: LatestPart): string => `
  SELECT row, ${members} FROM (
    SELECT c.row, max(v.b) AS b
    FROM (SELECT *, ${rank} AS b FROM (${placed(bound, pass)}) v) v
    JOIN (${cuts}) c ON ${sameKeys(bound, "v", "c")} AND v.a <= c.cut AND v.e >= c.since
    GROUP BY c.row)`;

/**
 * For entities with many: an ASOF join finds for every event the first cut-off that sees it, and the best event of a
 * cut-off is the best of those it sees first and of all cut-offs before it.
 */
export const crowdedLatest = (bound: BoundView, { cuts, pass, rank: { rank, members } }: LatestPart): string => `
  WITH cuts AS (${cuts}),
  moments AS MATERIALIZED (
    SELECT *, row_number() OVER () AS moment FROM (SELECT DISTINCT ${keyList(bound)}, cut, since FROM cuts)),
  events AS (
    SELECT * FROM (${placed(bound, pass)}) v
    SEMI JOIN moments m ON ${sameKeys(bound, "v", "m")}),
  news AS (
    SELECT m.moment, max(${rank}) AS b
    FROM events v ASOF JOIN moments m ON ${sameKeys(bound, "v", "m")} AND v.a <= m.cut
    GROUP BY m.moment),
  best AS (
    SELECT ${keyList(bound)}, cut, max(b) OVER (PARTITION BY ${keyList(bound)} ORDER BY cut) AS b
    FROM moments LEFT JOIN news USING (moment)),
  entering AS (SELECT row, since, ${members} FROM cuts c JOIN best w ON ${sameKeys(bound, "c", "w")} AND c.cut = w.cut)
  SELECT row, e, kt, f, n FROM entering WHERE e >= since`;

/** For each spine row the best of the events that a table has for it. */
export const bestLatest = (table: string, { rank, members }: EventRank): string =>
  `SELECT row, ${members} FROM (SELECT v.row, max(${rank}) AS b FROM ${table} v GROUP BY v.row)`;

/** The values c0.. of the spine rows of a table, read where their events stand: in `whole`, which are all files of the view. */
export function latestValues({ inputs, view }: BoundView, table: string, whole: Pass): string {
  const isOneFile = whole.segments.length === 1;
  const values = inputs.map((it, i) => (it ? `, ${widened({ ...it, name: `x${i}` }, "v.")} AS c${i}` : "")).join("");
  // As they are: to convert is left to the few that enter.
  const columns = [
    ...(isOneFile ? [] : [`${fileNumber(whole, "r")} AS f`]),
    "r.file_row_number AS n",
    ...inputs.flatMap((it, i) => (it ? [`r.${identifier(it.name)} AS x${i}`] : [])),
  ];
  const rows = inShares(whole, "r", (conditions) => {
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
    return `SELECT ${columns.join(", ")} FROM ${viewRows(whole.segments, view.fileColumns)} r${where}`;
  });
  return `SELECT m.row${values} FROM ${table} m JOIN (${rows}) v ON ${isOneFile ? "" : "v.f = m.f AND "}v.n = m.n`;
}
