import type { Column } from "../table.ts";
import type { BoundView } from "./bound-view.ts";
import { nanoseconds, viewRows, widened } from "./column-types.ts";
import { inShares, type Pass } from "./passes.ts";
import { identifier } from "./sql.ts";

/**
 * The two sides of a view's join under names of ours: the events, and the cut-offs of the spine. A view without keys has
 * one key that is always the same, so that nothing after this has to know the case.
 */

/** How many keys the two sides have: j0, j1, and so on. */
const keyNames = ({ keys }: BoundView): readonly string[] => (keys.length > 0 ? keys.map((_, i) => `j${i}`) : ["j0"]);

/** The keys, as a list for SELECT and PARTITION BY. */
export const keyList = (bound: BoundView): string => keyNames(bound).join(", ");

/** SQL that is true for two rows of the same entity. */
export const sameKeys = (bound: BoundView, left: string, right: string): string =>
  keyNames(bound)
    .map((it) => `${left}.${it} = ${right}.${it}`)
    .join(" AND ");

/**
 * A key as it is compared. DuckDB 1.5's ASOF join mixes up bytes that have zeros among them; texts it compares right. Zeros of both
 * signs are one key.
 */
function comparable(value: string, { type }: Column): string {
  if (type === "float64") return `CASE WHEN ${value} = 0 THEN 0::DOUBLE ELSE ${value} END`;
  return type === "bytes" ? `hex(${value})` : value;
}

/** SQL that is true for a value that can be a key: no null, and no NaN. */
const isKey = (value: string, { type }: Column): string =>
  type === "float64" ? `${value} IS NOT NULL AND NOT isnan(${value})` : `${value} IS NOT NULL`;

/**
 * Events that can match: j0.. (keys), e, kt, a (when available), and what else is asked for. Of all files, or of the rows of
 * a pass.
 */
export function eventsQuery(bound: BoundView, others: readonly string[], pass?: Pass): string {
  const { keys, eventTime, knowledgeTime, view } = bound;
  const keyColumns = keyNames(bound).map((name, i) => {
    const key = keys[i]?.view;
    return `${key ? comparable(widened(key), key) : "true"} AS ${name}`;
  });
  const [e, kt] = [nanoseconds(eventTime), nanoseconds(knowledgeTime)];
  const complete = [
    ...keys.map((it) => isKey(it.view.type === "float64" ? widened(it.view) : identifier(it.view.name), it.view)),
    ...[eventTime, knowledgeTime].map((it) => `${identifier(it.name)} IS NOT NULL`),
  ];
  const columns = [...keyColumns, `${e} AS e`, `${kt} AS kt`, `greatest(${e}, ${kt}) AS a`, ...others];
  const query = (conditions: readonly string[]): string =>
    `SELECT ${columns.join(", ")}
     FROM ${viewRows((pass ?? view).segments, view.fileColumns)} r WHERE ${[...conditions, ...complete].join(" AND ")}`;
  return pass ? inShares(pass, "r", query) : query([]);
}

/**
 * SQL that is false for events that are in the reach of no row of `cuts`: what became available before the first window begins, or
 * after the last ends. They would be carried along for nothing, and are most of them where a spine is of some days.
 */
export const WITHIN_REACH = "a > (SELECT min(since) FROM cuts) AND a <= (SELECT max(cut) FROM cuts)";

/** The least time that 64 bits hold: where reaching back ends. */
const FIRST_NS = -(1n << 63n);

/**
 * The spine rows that can match: row, cut, since (how far back the view looks: its TTL or window), j0.. (keys). `spineKeys`
 * are the columns k0.. of the spine.
 */
export function cutsQuery(bound: BoundView, spineKeys: readonly string[]): string {
  const { view, keys } = bound;
  const key = keys.map((it) => `s.k${spineKeys.indexOf(it.spine.name)}`);
  const span = view.kind === "latest" ? view.ttlNs : view.windowNs;
  const since = span === undefined ? `${FIRST_NS}` : `greatest(CAST(s.cut AS HUGEINT) - ${span}, ${FIRST_NS})`;
  const columns = keyNames(bound).map((name, i) => {
    const column = keys[i]?.spine;
    return `${column ? comparable(key[i] ?? "", column) : "true"} AS ${name}`;
  });
  return `SELECT ${["s.row", "s.cut", `CAST(${since} AS BIGINT) AS since`, ...columns].join(", ")}
    FROM spine s WHERE ${[...keys.map((it, i) => isKey(key[i] ?? "", it.spine)), "s.cut IS NOT NULL"].join(" AND ")}`;
}
