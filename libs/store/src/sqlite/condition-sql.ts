import { byKind, type ComparisonOperator, kindOf, type Node, prefixEnd, type ScalarKind } from "../condition.ts";
import type { Field } from "../field.ts";
import { ID, type Scalar } from "../filter.ts";
import { scalarsText } from "../json-text.ts";
import { bound, type Fields, joined, type Sql, sql } from "./expression.ts";

const SIGNS: Record<ComparisonOperator, string> = { eq: "=", lt: "<", lte: "<=", gt: ">", gte: ">=" };

/** The JSON types of each kind, as SQLite names them. */
const TYPES: Record<ScalarKind, string> = {
  number: "('integer', 'real')",
  text: "('text')",
  boolean: "('true', 'false')",
};

/** A condition over the columns of a collection's table: true, or not true (false or NULL). */
export function conditionSql(node: Node, fields: Fields): Sql {
  switch (node.kind) {
    case "and":
      return node.nodes.length === 0 ? sql`true` : nested(node.nodes, " AND ", fields);
    case "or":
      return node.nodes.length === 0 ? sql`false` : nested(node.nodes, " OR ", fields);
    case "not":
      return sql`((${conditionSql(node.node, fields)}) IS NOT TRUE)`;
    case "compare": {
      const sign = raw(SIGNS[node.operator]);
      const test = sql`${fields.value(node.field)} ${sign} ${bound(node.value)}`;
      return sql`(${test} AND ${ofKind(node.field, kindOf(node.value), fields)})`;
    }
    case "in":
      return inSql(node.field, node.values, fields);
    case "exists":
      return sql`(${fields.value(node.field)} IS NOT NULL)`;
    case "prefix":
      return prefixSql(node.field, node.text, fields);
    case "containsText":
      return sql`(instr(${fields.value(node.field)}, ${node.text}) > 0 AND ${ofKind(node.field, "text", fields)})`;
    case "contains":
      return containsSql(node.field, node.value, fields);
  }
}

function nested(nodes: readonly Node[], separator: string, fields: Fields): Sql {
  const inner = nodes.map((it) => conditionSql(it, fields));
  return sql`(${joined(inner, separator)})`;
}

/** The values come as one JSON text, so that lists of all lengths share a statement. */
function inSql(field: Field, values: readonly Scalar[], fields: Fields): Sql {
  const groups = byKind(values).map(([kind, members]) => {
    const list = scalarsText(kind === "boolean" ? members.map(Number) : members);
    return sql`(${fields.value(field)} IN (SELECT value FROM json_each(${list})) AND ${ofKind(field, kind, fields)})`;
  });
  return groups.length === 0 ? sql`false` : sql`(${joined(groups, " OR ")})`;
}

function prefixSql(field: Field, prefix: string, fields: Fields): Sql {
  const from = sql`${fields.value(field)} >= ${prefix} AND ${ofKind(field, "text", fields)}`;
  const end = prefixEnd(prefix);
  return end === undefined ? sql`(${from})` : sql`(${from} AND ${fields.value(field)} < ${end})`;
}

function containsSql(field: Field, value: Scalar, fields: Fields): Sql {
  if (field === ID) return sql`false`;
  const element = sql`element.value = ${bound(value)} AND element.type IN ${raw(TYPES[kindOf(value)])}`;
  const list = sql`json_each(CASE ${fields.type(field)} WHEN 'array' THEN ${fields.value(field)} ELSE '[]' END)`;
  return sql`EXISTS (SELECT 1 FROM ${list} AS element WHERE ${element})`;
}

const ofKind = (field: Field, kind: ScalarKind, fields: Fields): Sql =>
  field === ID ? raw(kind === "text" ? "true" : "false") : sql`${fields.type(field)} IN ${raw(TYPES[kind])}`;

const raw = (text: string): Sql => ({ text, values: [] });
