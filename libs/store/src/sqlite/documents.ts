import type { SQLInputValue } from "node:sqlite";
import type { CollectionReader, Selection } from "../collection.ts";
import { type Field, fieldOf, type OrderTerm } from "../field.ts";
import { ID, type Scalar } from "../filter.ts";
import { decodeValue } from "../json-text.ts";
import type { CollectionDefinition, Document } from "../port.ts";
import { conditionSql } from "./condition-sql.ts";
import type { Database } from "./database.ts";
import { bound, type Fields, fieldsOf, joined, type Sql, sql } from "./expression.ts";
import { tableOf } from "./schema.ts";

type Row = [id: string, revision: number, value: string, exotics: string | null];

/** Reads documents. Each call is one turn of the event loop, whose reads see one state of the file. */
export function documentReader<T extends object>(
  database: Database,
  definition: CollectionDefinition<T>,
): CollectionReader {
  const columns = `SELECT id, revision, document, exotics FROM ${tableOf(definition.name)}`;
  const one = `${columns} WHERE id = ?`;
  const many = `${columns} WHERE id IN (SELECT value FROM json_each(?))`;
  const fields = fieldsOf(definition.indexes.flatMap((index) => index.fields.map(fieldOf)));
  return {
    async get(id) {
      const row = database.statement(one).get(id) as unknown as Row | undefined;
      return row && documentOf(row);
    },
    async getMany(ids) {
      return (database.statement(many).all(JSON.stringify(ids)) as unknown as Row[]).map(documentOf);
    },
    async select(selection) {
      return selectRows(database, { columns, fields }, selection).map(documentOf);
    },
    async count(where) {
      const { text, values } = conditionSql(where, fields);
      const counting = `SELECT count(*) FROM ${tableOf(definition.name)} WHERE ${text}`;
      return (database.statement(counting).get(...values) as unknown as [number])[0];
    },
  };
}

const documentOf = ([id, revision, value, exotics]: Row): Document<object> => ({
  id,
  revision,
  value: decodeValue(value, exotics),
});

/**
 * Reads one page. The documents after a position are several ranges of the order (the same first field and a later
 * second one, then later first fields, ...), and each is read by itself: SQLite walks an index for a range, but not for
 * the `OR` of all of them.
 */
function selectRows(
  database: Database,
  { columns, fields }: { readonly columns: string; readonly fields: Fields },
  selection: Selection,
): Row[] {
  const where = conditionSql(selection.where, fields);
  const rows: Row[] = [];
  for (const { range, order } of rangesAfter(selection, fields)) {
    const limit = selection.limit - rows.length;
    const query = sql`WHERE ${where} AND ${range} ORDER BY ${orderSql(order, fields)} LIMIT ${limit}`;
    const statement = database.statement(`${columns} ${query.text}`);
    rows.push(...(statement.all(...(query.values as SQLInputValue[])) as unknown as Row[]));
    if (rows.length >= selection.limit) break;
  }
  return rows;
}

const orderSql = (order: readonly OrderTerm[], fields: Fields): Sql =>
  joined(
    order.map(({ field, descending }) => {
      const { text, values } = fields.value(field);
      return { text: descending ? `${text} DESC` : text, values };
    }),
    ", ",
  );

/** Some documents that follow each other, and what orders them. */
interface Range {
  readonly range: Sql;
  /** Without the terms that are equal for all of them. */
  readonly order: readonly OrderTerm[];
}

function rangesAfter({ order, after }: Selection, fields: Fields): readonly Range[] {
  if (after === undefined) return [{ range: sql`true`, order }];
  let next = 0;
  const values = order.map(({ field }) => (field === ID ? after.id : (after.values[next++] as Scalar | null)));
  return order
    .map((term, i) => {
      const same = order.slice(0, i).map(({ field }, j) => equal(field, values[j] as Scalar | null, fields));
      return beyond(term, values[i] as Scalar | null, fields).map(({ range, fixed }) => ({
        range: joined([...same, range], " AND "),
        order: order.slice(fixed ? i + 1 : i),
      }));
    })
    .reverse()
    .flat();
}

const equal = (field: Field, value: Scalar | null, fields: Fields): Sql =>
  value === null ? sql`${fields.value(field)} IS NULL` : sql`${fields.value(field)} = ${bound(value)}`;

/** The ranges behind a value, in order, and whether the field is the same in all of one. SQLite puts NULL first. */
function beyond({ field, descending }: OrderTerm, value: Scalar | null, fields: Fields) {
  const at = fields.value(field);
  if (value === null) return descending ? [] : [{ range: sql`${at} IS NOT NULL`, fixed: false }];
  if (!descending) return [{ range: sql`${at} > ${bound(value)}`, fixed: false }];
  const lower = { range: sql`${at} < ${bound(value)}`, fixed: false };
  return field === ID ? [lower] : [lower, { range: sql`${at} IS NULL`, fixed: true }];
}
