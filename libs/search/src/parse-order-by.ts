import { type Cursor, cursorOver } from "./cursor.ts";
import type { Dialect } from "./dialect.ts";
import { type Source, tooLarge, wrong } from "./errors.ts";
import type { OrderField, OrderKey } from "./expression.ts";
import { fieldNamed, type Written } from "./field.ts";

/** What an order may have at most. */
export const ORDER_LIMITS = { keysMax: 20, bytesMax: 1_000 } as const;

/** A key of an order as text (`metrics.acc DESC`), or in parts as the search of logged models has it. */
export type OrderClause = string | OrderClauseInParts;

export interface OrderClauseInParts {
  readonly fieldName: string;
  /** Ascending if left out. */
  readonly ascending?: boolean;
  /** For a metric: only values on the data set of this name count. */
  readonly datasetName?: string;
  /** Of the data sets of that name, only the one with this digest. */
  readonly datasetDigest?: string;
}

/**
 * A total order: what the clauses say (the dialect's own order if there are none), then the dialect's ties. `path` names the field
 * of the request in errors. Fails with INVALID_ARGUMENT and a reason of ORDER_BY_SYNTAX, ORDER_BY_FIELD_UNKNOWN, ORDER_BY_VALUE
 * (a field twice, a data set where none can be) or ORDER_BY_TOO_LARGE.
 */
export function parseOrderBy(
  clauses: readonly OrderClause[],
  dialect: Dialect,
  path = "order_by",
): readonly OrderKey[] {
  const { keysMax } = ORDER_LIMITS;
  if (clauses.length > keysMax)
    throw tooLarge({ path, kind: "ORDER_BY" }, `${keysMax} fields`, "Later fields rarely decide: leave some out.");
  if (clauses.length === 0) return dialect.defaultOrder;
  const keys: OrderKey[] = [];
  for (const [i, clause] of clauses.entries()) {
    const text = typeof clause === "string" ? clause : clause.fieldName;
    const source: Source = { text, path: `${path}[${i}]`, kind: "ORDER_BY" };
    if (text.length > ORDER_LIMITS.bytesMax)
      throw tooLarge(source, `${ORDER_LIMITS.bytesMax} characters`, "Name one field.");
    const key = typeof clause === "string" ? keyInText(source, dialect) : keyInParts(clause, source, dialect);
    if (keys.some((it) => sameKey(it, key)))
      throw wrong(source, { fault: "VALUE", at: 0, found: text, expected: "a field that is not in the order yet" });
    keys.push(key);
  }
  return [...keys, ...dialect.ties.filter((tie) => !keys.some((it) => sameKey(it, tie)))];
}

function keyInText(source: Source, dialect: Dialect): OrderKey {
  const cursor = cursorOver(source);
  const written = name(cursor);
  const descending = cursor.takeWord("DESC");
  if (!descending) cursor.takeWord("ASC");
  if (cursor.peek().kind !== "end") throw cursor.expected("ASC, DESC or the end");
  return { field: orderField(written, dialect, source), direction: descending ? "desc" : "asc" };
}

function name(cursor: Cursor): Written {
  const token = cursor.peek();
  const raw = cursor.textOf(token);
  if ((token.kind !== "path" && token.kind !== "text") || raw.startsWith("'"))
    throw cursor.expected("a field, such as metrics.loss");
  cursor.next();
  // MLflow lets the whole of `metrics.acc` stand in quotes here.
  const inner = raw.slice(1, -1);
  const whole = /^["`]/.test(raw) && raw.at(-1) === raw[0] && inner.includes(".") && !inner.includes(raw[0] as string);
  return { raw: whole ? inner : raw, at: token.start };
}

function keyInParts(clause: OrderClauseInParts, source: Source, dialect: Dialect): OrderKey {
  const field = orderField({ raw: clause.fieldName.trim(), at: 0 }, dialect, source);
  const direction = clause.ascending === false ? "desc" : "asc";
  if (!clause.datasetName && !clause.datasetDigest) return { field, direction };
  const found = clause.datasetName || (clause.datasetDigest ?? "");
  const at = source.text.length;
  if (!clause.datasetName)
    throw wrong(source, { fault: "VALUE", at, found, expected: "a data set's name beside its digest" });
  if (field.entity !== "metric")
    throw wrong(source, { fault: "VALUE", at, found, expected: "no data set beside what is no metric" });
  const digest = clause.datasetDigest ? { digest: clause.datasetDigest } : {};
  return { field, direction, dataset: { name: clause.datasetName, ...digest } };
}

function orderField(written: Written, dialect: Dialect, source: Source): OrderField {
  const field = fieldNamed(written, dialect, source);
  if (field.entity !== "dataset" && field.entity !== "lineage") return field;
  throw wrong(source, {
    fault: "FIELD_UNKNOWN",
    at: written.at,
    found: written.raw,
    expected: "a metric, param, tag or attribute",
    advice: `One of the ${dialect.things} can have several data sets and lineage edges, so there is no order by them.`,
  });
}

const sameKey = (a: OrderKey, b: OrderKey): boolean =>
  a.field.entity === b.field.entity &&
  a.field.key === b.field.key &&
  a.dataset?.name === b.dataset?.name &&
  a.dataset?.digest === b.dataset?.digest;
