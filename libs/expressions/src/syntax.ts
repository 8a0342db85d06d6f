import { parse } from "@bufbuild/cel";
import { expressionInvalid } from "./errors.ts";

/** A part of an expression as the parser gives it. */
export type Syntax = ReturnType<typeof parse>["expr"];

/** An expression whose text was read. */
export interface Parsed {
  readonly root: Syntax;
  /** Column of a part, from 1. */
  readonly columnOf: (part: Syntax) => number;
}

/** Most characters, and most brackets within each other. The parser is quick below both, whatever the text is. */
export const TEXT_LENGTH_MAX = 2_000;
export const BRACKETS_DEPTH_MAX = 32;
/** Most characters of operators, names and values. Two sides and their operator of two characters are four, and three parts. */
const TOKENS_MAX = 800;

/** Reads an expression. Fails with EXPRESSION_INVALID, before the parser sees what would keep it busy. */
export function parsed(text: string): Parsed {
  if (text.trim() === "") throw expressionInvalid(text, 1, "there is no expression");
  if (text.length > TEXT_LENGTH_MAX)
    throw expressionInvalid(
      text,
      TEXT_LENGTH_MAX + 1,
      `it has ${text.length} characters; at most ${TEXT_LENGTH_MAX} are accepted`,
    );
  checkTokens(text);
  try {
    const { expr, sourceInfo } = parse(text);
    return { root: expr, columnOf: ({ id }) => columnAt(text, sourceInfo?.positions[String(id)] ?? 0) };
  } catch (error) {
    throw expressionInvalid(text, failureColumn(error), problemOf(error));
  }
}

/** The parser puts operators where the space before them begins. */
const columnAt = (text: string, offset: number): number => offset + text.slice(offset).search(/\S|$/) + 1;

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Quoted texts and comments, which may have anything in them, brackets, names and numbers, and operators. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|[()[\]{}]|\w[\w.]*|[^\s\w,]/g;

/**
 * Refuses brackets that do not match, of which the parser would name a place far from them, and more tokens than the parts of an
 * expression can have, since the time that the parser takes is in proportion to the square of some.
 */
function checkTokens(text: string): void {
  const open: { readonly bracket: string; readonly column: number }[] = [];
  let count = 0;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    const column = index + 1;
    if (Object.hasOwn(CLOSING, token)) {
      open.push({ bracket: token, column });
      if (open.length > BRACKETS_DEPTH_MAX)
        throw expressionInvalid(text, column, `brackets are nested more than ${BRACKETS_DEPTH_MAX} deep`);
    } else if (token === ")" || token === "]" || token === "}") {
      const last = open.pop();
      if (!last || CLOSING[last.bracket] !== token)
        throw expressionInvalid(text, column, `${token} closes nothing that is open`);
    } else if (++count > TOKENS_MAX)
      throw expressionInvalid(text, column, `it has more than ${TOKENS_MAX} names, values and operators`);
  }
  const last = open.at(-1);
  if (last) throw expressionInvalid(text, last.column, `${last.bracket} is never closed`);
}

function failureColumn(error: unknown): number {
  const { location } = error as { location?: { start?: { offset?: number } } };
  return (location?.start?.offset ?? 0) + 1;
}

/** What the parser says without its list of all that it would take. */
function problemOf(error: unknown): string {
  if (error instanceof RangeError) return "it is nested too deep";
  const { rawMessage, message } = error as { rawMessage?: string; message: string };
  return (rawMessage ?? message).replace(/ but expecting .*$/s, " where the expression cannot go on");
}
