import type { Cursor } from "./cursor.ts";
import type { Dialect } from "./dialect.ts";
import { wrong } from "./errors.ts";
import { unescaped } from "./escapes.ts";
import type { Field } from "./expression.ts";
import type { Token } from "./tokens.ts";
import { instantInText, integerInText } from "./values.ts";

type ValueType = "number" | "integer" | "time" | "text" | "textOrNumber";

const EXPECTED: Readonly<Record<ValueType, string>> = {
  number: "a number without quotes, such as 0.9",
  integer: "a whole number",
  time: "epoch milliseconds or a quoted date, such as '2026-01-31' or '2026-01-31T08:00:00Z'",
  text: "a quoted text, such as 'a'",
  textOrNumber: "a quoted text, such as 'a', or a number without quotes",
};

const typeOf = (field: Field): ValueType => {
  if (field.entity === "metric") return "number";
  if (field.entity === "param") return "textOrNumber";
  return field.entity === "attribute" ? field.type : "text";
};

/** True if the field can be compared with a number, and so has <, <=, > and >=. */
export const takesNumbers = (field: Field): boolean => typeOf(field) !== "text";

/** True if the field is text, and so has LIKE. */
export const takesTexts = (field: Field): boolean => ["text", "textOrNumber"].includes(typeOf(field));

/** Reads a value for the field: text, or a number, which times are too (epoch milliseconds). */
export function readValue(cursor: Cursor, field: Field, { bareTexts }: Pick<Dialect, "bareTexts">): string | number {
  const type = typeOf(field);
  // `TIMESTAMP '2026-01-31'` is SQL's way to write a time.
  const typed = type === "time" && (cursor.takeWord("TIMESTAMP") || cursor.takeWord("DATE"));
  const token = cursor.peek();
  const unfit = (advice?: string): Error =>
    wrong(cursor.source, {
      fault: "VALUE",
      at: token.start,
      found: cursor.textOf(token),
      expected: EXPECTED[type],
      ...(advice === undefined ? {} : { advice }),
    });
  if (token.kind === "end" || token.kind === "bad") throw cursor.expected(EXPECTED[type]);
  if (bareTexts && isBareText(cursor, type)) return cursor.textOf(cursor.next());
  if (token.kind === "number" && !typed) {
    const value = numberFor(type, cursor.textOf(token));
    if (value === undefined) throw unfit(type === "text" ? "Put it in quotes." : undefined);
    cursor.next();
    return value;
  }
  if (token.kind !== "text" && token.kind !== "escapedText") throw unfit(adviceFor(cursor));
  const text = textIn(token, cursor);
  if (text === undefined) throw unfit("Write \\\\ for a backslash and \\' for a quote in it.");
  const value = textFor(type, text);
  if (value === undefined) throw unfit(type === "number" ? "Leave the quotes out." : undefined);
  cursor.next();
  return value;
}

function isBareText(cursor: Cursor, type: ValueType): boolean {
  const { kind } = cursor.peek();
  if (kind === "number") return type === "text";
  return kind === "path" && type.startsWith("text") && !["AND", "OR", "NOT", "NULL"].some(cursor.isWord);
}

function numberFor(type: ValueType, text: string): number | undefined {
  if (type === "text") return undefined;
  // Minus zero is zero: a filter has one form for one meaning.
  return type === "integer" ? integerInText(text) : Number(text) + 0;
}

function textFor(type: ValueType, text: string): string | number | undefined {
  if (type === "number") return undefined;
  if (type === "integer") return integerInText(text);
  return type === "time" ? instantInText(text) : text;
}

function textIn(token: Token, cursor: Cursor): string | undefined {
  const whole = cursor.textOf(token);
  if (token.kind === "text") return whole.slice(1, -1);
  return unescaped(whole.slice(/^[eE]/.test(whole) ? 2 : 1, -1));
}

function adviceFor(cursor: Cursor): string | undefined {
  if (cursor.isWord("NULL")) return "Write IS NULL or IS NOT NULL.";
  if (cursor.peek().kind === "(") return "Write IN before a list.";
  return undefined;
}
