import { type Source, wrong } from "./errors.ts";
import { escapedTextAt, type Token, type TokenKind, tokenAt } from "./tokens.ts";

/** A place in the text between two tokens; reading moves it on. */
export interface Cursor {
  readonly source: Source;
  /** The token after the place. */
  peek(): Token;
  /** The text of a token. */
  textOf(token: Token): string;
  /** Passes the next token and returns it. */
  next(): Token;
  /** Passes the next token if it is this keyword, in any case. */
  takeWord(word: string): boolean;
  /** True if the next token is this keyword. */
  isWord(word: string): boolean;
  /** Passes the next token if it is of this kind. */
  take(kind: TokenKind): boolean;
  /** Reads the next token, a text, once more with backslash escapes. */
  peekEscaped(): Token;
  /** The failure that something else than the next token was expected. */
  expected(what: string, advice?: string): Error;
}

export function cursorOver(source: Source): Cursor {
  const { text } = source;
  let token = tokenAt(text, 0);
  const textOf = (it: Token): string => text.slice(it.start, it.end);
  const isWord = (word: string): boolean =>
    token.kind === "path" && token.end - token.start === word.length && textOf(token).toUpperCase() === word;
  const next = (): Token => {
    const passed = token;
    token = tokenAt(text, token.end);
    return passed;
  };
  const takeIf = (condition: boolean): boolean => {
    if (condition) next();
    return condition;
  };
  return {
    source,
    peek: () => token,
    textOf,
    next,
    isWord,
    takeWord: (word) => takeIf(isWord(word)),
    take: (kind) => takeIf(token.kind === kind),
    peekEscaped: () => {
      token = escapedTextAt(text, token.start);
      return token;
    },
    expected: (what, advice) => {
      const unclosed = token.kind === "bad" && /['"`]/.test(text[token.start] ?? "");
      const hint = unclosed ? "This quote is never closed: write it once more at the end of the text." : advice;
      const found = textOf(token);
      return wrong(source, {
        fault: "SYNTAX",
        at: token.start,
        found,
        expected: what,
        ...(hint === undefined ? {} : { advice: hint }),
      });
    },
  };
}
