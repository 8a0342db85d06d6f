import type { SQLInputValue } from "node:sqlite";
import type { Field } from "../field.ts";
import { ID, type Scalar } from "../filter.ts";

/** A piece of SQL with the values for its question marks. Values from outside are never part of the text. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * How a collection's fields are written. The column is called `document`: its name must not be one of the columns of
 * json_each, which hide it where the two are joined.
 */
export interface Fields {
  /** The comparable value of a field: NULL when unset. */
  value(field: Field): Sql;
  /** The JSON type of a field. */
  type(field: Field): Sql;
}

/**
 * Fields that are part of an index are written out, since SQLite uses an index over an expression only if the query
 * has the same text. All others are bound, so that names from outside add nothing to the statements that are kept.
 */
export function fieldsOf(indexed: readonly Field[]): Fields {
  const written = new Set(indexed.filter((field) => field !== ID).map((field) => jsonPath(field as readonly string[])));
  const call = (name: string, keys: readonly string[]): Sql => {
    const path = jsonPath(keys);
    return written.has(path)
      ? { text: `${name}(document, ${quoted(path)})`, values: [] }
      : { text: `${name}(document, ?)`, values: [path] };
  };
  return {
    value: (field) => (field === ID ? { text: "id", values: [] } : call("json_extract", field)),
    type: (field) => (field === ID ? { text: "'text'", values: [] } : call("json_type", field)),
  };
}

/** The expression of an index over a field, as `fieldsOf` writes it. */
export const indexExpression = (field: Field): string =>
  field === ID ? "id" : `json_extract(document, ${quoted(jsonPath(field))})`;

/** SQLite unescapes the quoted labels of a path as it does JSON texts, so that every key can be named. */
const jsonPath = (keys: readonly string[]): string => `$${keys.map((key) => `.${JSON.stringify(key)}`).join("")}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How json_extract gives a scalar. */
export const bound = (value: Scalar): SQLInputValue => (typeof value === "boolean" ? (value ? 1 : 0) : value);

/** Joins pieces of SQL with texts between them, as a template. */
export function sql(texts: TemplateStringsArray, ...parts: readonly (Sql | SQLInputValue)[]): Sql {
  let text = texts[0] as string;
  const values: SQLInputValue[] = [];
  for (const [i, part] of parts.entries()) {
    if (isSql(part)) {
      text += part.text;
      values.push(...part.values);
    } else {
      text += "?";
      values.push(part);
    }
    text += texts[i + 1];
  }
  return { text, values };
}

export const joined = (pieces: readonly Sql[], separator: string): Sql => ({
  text: pieces.map((piece) => piece.text).join(separator),
  values: pieces.flatMap((piece) => piece.values),
});

const isSql = (part: Sql | SQLInputValue): part is Sql => typeof part === "object" && part !== null && "text" in part;
