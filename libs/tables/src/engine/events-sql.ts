import type { BoundView } from "./bound-join.ts";
import { nanoseconds, widened } from "./column-types.ts";
import { identifier, parquetRows } from "./sql.ts";

/** SQL of a key on both sides: the spine's column, and the event's. */
export interface JoinKey {
  readonly spine: string;
  readonly event: string;
}

/** Events that can match: j0.. (keys), e, kt, a (when available), and what else is asked for. */
export function eventsQuery(bound: BoundView, others: readonly string[]): string {
  const { keys, eventTime, knowledgeTime, view } = bound;
  const keyColumns = keys.map((it, i) => `${widened(it.view)} AS j${i}`);
  const [e, kt] = [nanoseconds(eventTime), nanoseconds(knowledgeTime)];
  const complete = [...keys.map((it) => it.view.name), eventTime.name, knowledgeTime.name].map(
    (name) => `${identifier(name)} IS NOT NULL`,
  );
  return `SELECT ${[...keyColumns, `${e} AS e`, `${kt} AS kt`, `greatest(${e}, ${kt}) AS a`, ...others].join(", ")}
    FROM ${parquetRows(view.segments)} WHERE ${complete.join(" AND ")}`;
}

/** SQL that separates the entities of a window; nothing when there are no keys. */
export const partitionBy = (keys: readonly JoinKey[]): string =>
  keys.length > 0 ? `PARTITION BY ${keys.map((it) => it.event).join(", ")}` : "";
