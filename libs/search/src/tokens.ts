/** `bad` is a character that begins nothing, or a quote that is never closed. */
export type TokenKind = "path" | "text" | "escapedText" | "number" | "operator" | "(" | ")" | "," | "end" | "bad";

/** A piece of a filter from `start` up to `end`, exclusive. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s*/uy;
const WORD = /[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_$#]*/uy;
/** A key may go without quotes if it has none of white space, quotes, commas, brackets and comparison signs. */
const BARE_KEY = /[\p{L}\p{N}\p{M}_$#@:/-]+/uy;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/uy;
const OPERATOR = /[<>=~!]+/uy;

/** The token at or after `from`. Reading a whole text token by token takes time linear in its length. */
export function tokenAt(text: string, from: number): Token {
  const start = endOf(SPACE, text, from);
  const token = (kind: TokenKind, end: number): Token => ({ kind, start, end });
  const character = text[start];
  if (character === undefined) return token("end", start);
  if (character === "(" || character === ")" || character === ",") return token(character, start + 1);
  const operatorEnd = endOf(OPERATOR, text, start);
  if (operatorEnd > start) return token("operator", operatorEnd);
  const numberEnd = endOf(NUMBER, text, start);
  const wordEnd = endOf(WORD, text, numberEnd);
  if (numberEnd > start) return token(wordEnd > numberEnd ? "bad" : "number", wordEnd);
  if (character === "'" || character === '"') return quoted(text, start, "text");
  if (isEscaped(text, start)) return escapedTextAt(text, start);
  const pathEnd = endOfPath(text, start);
  const characterLength = (text.codePointAt(start) as number) > 0xffff ? 2 : 1;
  return pathEnd > start ? token("path", pathEnd) : token("bad", start + characterLength);
}

/** Text at `start` in which a backslash takes the next character with it: E'…', and the texts of a list as in Python. */
export function escapedTextAt(text: string, start: number): Token {
  const open = /[eE]/.test(text[start] ?? "") ? start + 1 : start;
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === text[open]) return { kind: "escapedText", start, end: at + 1 };
  }
  return { kind: "bad", start, end: open + 1 };
}

/** True if a key needs no quotes. */
export const isBareKey = (key: string): boolean => key !== "" && endOf(BARE_KEY, key, 0) === key.length;

function quoted(text: string, start: number, kind: TokenKind): Token {
  const end = endOfQuoted(text, start);
  return end > start ? { kind, start, end } : { kind: "bad", start, end: start + 1 };
}

/**
 * MLflow's reader (sqlparse) takes a doubled quote, and one after a backslash, as part of the text, unless the text would then
 * never end: then the last such quote closes it. So 'C:\' is a text, and its backslash belongs to it.
 */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  let lastChance = start - 1;
  for (let at = start + 1; at < text.length; at += 1) {
    const doubled = text[at] === quote && text[at + 1] === quote;
    const escaped = text[at] === "\\" && text[at + 1] === quote && quote !== "`";
    if (doubled || escaped) {
      lastChance = doubled ? at : at + 1;
      at += 1;
    } else if (text[at] === quote) return at + 1;
  }
  return lastChance + 1;
}

/** A name, then keys after dots: each bare, in any of the three quotes, or E'…'. */
function endOfPath(text: string, start: number): number {
  let end = text[start] === "`" ? endOfQuoted(text, start) : endOf(WORD, text, start);
  if (end === start) return start;
  while (text[end] === ".") {
    const next = endOfKey(text, end + 1);
    if (next === end + 1) return next;
    end = next;
  }
  return end;
}

function endOfKey(text: string, start: number): number {
  if (/['"`]/.test(text[start] ?? "")) return endOfQuoted(text, start);
  return isEscaped(text, start) ? escapedTextAt(text, start).end : endOf(BARE_KEY, text, start);
}

const isEscaped = (text: string, at: number): boolean => /[eE]/.test(text[at] ?? "") && text[at + 1] === "'";

/** Where the match of a sticky expression at `from` ends; `from` itself if there is none. */
function endOf(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : from;
}
