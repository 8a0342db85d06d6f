import { escaped } from "./escapes.ts";
import type { Comparison, Expression, Field, In } from "./expression.ts";
import { PREFIXES } from "./field.ts";
import { isBareKey } from "./tokens.ts";

/**
 * The filter as text in one fixed form: equal expressions print alike, and parsing the text with the same dialect gives the same
 * expression back. Times print as epoch milliseconds.
 */
export function printFilter(expression: Expression): string {
  switch (expression.kind) {
    case "and":
      return expression.operands.map((it) => bracketed(it, it.kind === "or")).join(" AND ");
    case "or":
      return expression.operands.map(printFilter).join(" OR ");
    case "not":
      return `NOT ${bracketed(expression.operand, ["and", "or"].includes(expression.operand.kind))}`;
    case "comparison":
      return `${printField(expression.field)} ${expression.operator} ${printed(expression)}`;
    case "isNull":
      return `${printField(expression.field)} IS ${expression.negated ? "NOT " : ""}NULL`;
    case "in":
      return `${printField(expression.field)} ${not(expression)}IN (${printedList(expression)})`;
    case "like":
      return `${printField(expression.field)} ${not(expression)}${expression.caseSensitive ? "LIKE" : "ILIKE"} ${quoted(expression.pattern)}`;
  }
}

const bracketed = (expression: Expression, brackets: boolean): string =>
  brackets ? `(${printFilter(expression)})` : printFilter(expression);

const not = ({ negated }: { readonly negated: boolean }): string => (negated ? "NOT " : "");

const printed = ({ value }: Comparison): string => (typeof value === "number" ? printedNumber(value) : quoted(value));

const printedList = ({ values }: In): string =>
  values.map((it) => (typeof it === "number" ? printedNumber(it) : `'${escaped(it)}'`)).join(", ");

/** A number too large for a double is read as infinite, and printed as one that is read so again. */
const printedNumber = (value: number): string =>
  Number.isFinite(value) ? String(value) : value < 0 ? "-1e999" : "1e999";

/** Plain quotes where no quote and no backslash before the last one can be misread. */
function quoted(text: string): string {
  const quote = ["'", '"'].find((it) => !text.includes(it) && !text.endsWith("\\"));
  return quote === undefined ? `E'${escaped(text)}'` : `${quote}${text}${quote}`;
}

function printField(field: Field): string {
  if (field.entity === "lineage") return field.key;
  return `${PREFIXES[field.entity]}.${printKey(field.key)}`;
}

function printKey(key: string): string {
  if (isBareKey(key)) return key;
  return key.includes("`") ? `E'${escaped(key)}'` : `\`${key}\``;
}
