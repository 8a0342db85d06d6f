import type { Cursor } from "./cursor.ts";
import type { Dialect } from "./dialect.ts";
import { type Fault, wrong } from "./errors.ts";
import type { ComparisonOperator, Expression, Field } from "./expression.ts";
import { fieldNamed, PREFIXES } from "./field.ts";
import { readValue, takesNumbers, takesTexts } from "./read-value.ts";
import type { Token } from "./tokens.ts";

const OPERATORS: readonly ComparisonOperator[] = ["=", "!=", "<", "<=", ">", ">="];
const MEANT: Readonly<Record<string, string>> = { "==": "=", "<>": "!=", "=>": ">=", "=<": "<=", "~": "LIKE" };

/** One test of one field: a comparison, LIKE, IN or IS NULL. `countTerm` is told each comparison and each value of a list. */
export function parsePredicate(cursor: Cursor, dialect: Dialect, countTerm: () => void): Expression {
  countTerm();
  const name = cursor.peek();
  const raw = cursor.textOf(name);
  if (raw.startsWith("'")) throw cursor.expected("a field", "Quote names with backticks, as in tags.`a key`.");
  cursor.next();
  const field = fieldNamed({ raw, at: name.start }, dialect, cursor.source);
  if (cursor.peek().kind === "operator") return comparison(cursor, field, dialect);
  if (cursor.takeWord("IS")) return isNull(cursor, field);
  const at = cursor.peek();
  const negated = cursor.takeWord("NOT");
  if (cursor.takeWord("IN")) return isIn(cursor, field, { negated, dialect, countTerm });
  const caseSensitive = cursor.isWord("LIKE");
  if (caseSensitive || cursor.isWord("ILIKE")) return like(cursor, field, { negated, caseSensitive, at, dialect });
  const words = "IN, LIKE or ILIKE";
  throw cursor.expected(negated ? words : `${OPERATORS.join(", ")}, IS, NOT, ${words}`);
}

function comparison(cursor: Cursor, field: Field, dialect: Dialect): Expression {
  const token = cursor.next();
  const found = cursor.textOf(token);
  const operator = OPERATORS.find((it) => it === found);
  if (operator === undefined) {
    const meant = MEANT[found];
    throw fault(cursor, token, {
      fault: "OPERATOR",
      expected: OPERATORS.join(", "),
      ...(meant === undefined ? {} : { advice: `Write ${meant}.` }),
    });
  }
  const ordering = operator !== "=" && operator !== "!=";
  if (ordering && !takesNumbers(field))
    throw fault(cursor, token, { fault: "OPERATOR", expected: "=, !=, IN, LIKE, ILIKE or IS NULL" });
  const value = readValue(cursor, field, dialect);
  // A param has numbers and texts; which one is meant, the quotes say.
  if (ordering && typeof value === "string") {
    const written = `${PREFIXES[field.entity]}.${field.key}`;
    throw fault(cursor, token, {
      fault: "OPERATOR",
      expected: "= or != before a quoted text",
      advice: `For numbers leave the quotes out: ${written} ${found} 0.1.`,
    });
  }
  return { kind: "comparison", field, operator, value };
}

function isNull(cursor: Cursor, field: Field): Expression {
  const negated = cursor.takeWord("NOT");
  if (!cursor.takeWord("NULL")) throw cursor.expected(negated ? "NULL" : "NULL or NOT NULL");
  return { kind: "isNull", field, negated };
}

interface LikeOptions {
  readonly negated: boolean;
  readonly caseSensitive: boolean;
  readonly at: Token;
  readonly dialect: Dialect;
}

function like(cursor: Cursor, field: Field, { negated, caseSensitive, at, dialect }: LikeOptions): Expression {
  if (!takesTexts(field))
    throw fault(cursor, at, { fault: "OPERATOR", expected: "=, !=, <, <=, >, >=, IN or IS NULL" });
  cursor.next();
  const { kind } = cursor.peek();
  if (kind !== "text" && kind !== "escapedText")
    throw fault(cursor, cursor.peek(), { fault: "VALUE", expected: "a quoted pattern, such as 'a%'" });
  return { kind: "like", field, pattern: String(readValue(cursor, field, dialect)), caseSensitive, negated };
}

interface InOptions {
  readonly negated: boolean;
  readonly dialect: Dialect;
  readonly countTerm: () => void;
}

function isIn(cursor: Cursor, field: Field, { negated, dialect, countTerm }: InOptions): Expression {
  const advice = "Write the values in brackets, as in ('a', 'b').";
  if (!cursor.take("(")) throw cursor.expected("an opening bracket", advice);
  const values: (string | number)[] = [];
  for (;;) {
    const at = cursor.peek();
    // A comma after the last value is allowed: ('a',) is how Python prints a list of one.
    if (values.length > 0 && cursor.take(")")) break;
    if (at.kind === ")") throw fault(cursor, at, { fault: "VALUE", expected: "at least one value" });
    if (at.kind === "text") cursor.peekEscaped();
    const value = readValue(cursor, field, dialect);
    if (values.length > 0 && typeof value !== typeof values[0])
      throw fault(cursor, at, {
        fault: "VALUE",
        expected: `a ${typeof values[0] === "string" ? "quoted text" : "number"}, as the first value`,
      });
    values.push(value);
    if (values.length > 1) countTerm();
    if (cursor.take(")")) break;
    if (!cursor.take(",")) throw cursor.expected("a comma or a closing bracket");
  }
  return { kind: "in", field, values: values as readonly string[] | readonly number[], negated };
}

function fault(
  cursor: Cursor,
  token: Token,
  problem: { readonly fault: Fault; readonly expected: string; readonly advice?: string },
): Error {
  return wrong(cursor.source, { ...problem, at: token.start, found: cursor.textOf(token) });
}
