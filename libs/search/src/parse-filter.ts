import { type Cursor, cursorOver } from "./cursor.ts";
import type { Dialect } from "./dialect.ts";
import { type Source, tooLarge } from "./errors.ts";
import type { Expression } from "./expression.ts";
import { parsePredicate } from "./parse-predicate.ts";

/** What a filter may have at most. A term is one comparison, or one value of a list: a list of 1,000 run ids fits. */
export const FILTER_LIMITS = { bytesMax: 65_536, termsMax: 1_000, depthMax: 100 } as const;

const KEYWORDS = ["AND", "OR", "NOT"];

/**
 * The meaning of a filter, or undefined for an empty one, which holds for everything. `path` names the field of the request in errors.
 * Takes time linear in the text. Fails with INVALID_ARGUMENT and a reason of FILTER_SYNTAX, FILTER_FIELD_UNKNOWN, FILTER_OPERATOR,
 * FILTER_VALUE or FILTER_TOO_LARGE.
 */
export function parseFilter(text: string, dialect: Dialect, path = "filter"): Expression | undefined {
  const source: Source = { text, path, kind: "FILTER" };
  const { bytesMax } = FILTER_LIMITS;
  if (text.length > bytesMax || new TextEncoder().encode(text).length > bytesMax)
    throw tooLarge(source, `${bytesMax} bytes`, "Ask for less at once.");
  const reader = readerOf(cursorOver(source), dialect);
  return reader.cursor.peek().kind === "end" ? undefined : whole(reader);
}

interface Reader {
  readonly cursor: Cursor;
  readonly dialect: Dialect;
  /** Counts a term; fails if there are too many. */
  readonly countTerm: () => void;
  /** Where an AND was missing or stood without need, by its failure. */
  looseAnd: Error | undefined;
  /** The filter has something that MLflow's grammar has not: OR, NOT or brackets. */
  extended: boolean;
  depth: number;
}

function readerOf(cursor: Cursor, dialect: Dialect): Reader {
  let terms = 0;
  const countTerm = (): void => {
    terms += 1;
    if (terms > FILTER_LIMITS.termsMax)
      throw tooLarge(cursor.source, `${FILTER_LIMITS.termsMax} comparisons and values`, "Split the search in several.");
  };
  return { cursor, dialect, countTerm, looseAnd: undefined, extended: false, depth: 0 };
}

function whole(reader: Reader): Expression {
  const expression = either(reader);
  if (reader.cursor.peek().kind !== "end") throw reader.cursor.expected("AND, OR or the end of the filter");
  // MLflow takes comparisons side by side, and an AND too many, as if joined by one AND. With OR and NOT around that would hide
  // mistakes, so it holds for plain lists of comparisons alone, which are all that MLflow has.
  if (reader.looseAnd !== undefined && reader.extended) throw reader.looseAnd;
  return expression;
}

function either(reader: Reader): Expression {
  const operands = [all(reader)];
  while (reader.cursor.takeWord("OR")) {
    reader.extended = true;
    operands.push(all(reader));
  }
  return joined("or", operands);
}

function all(reader: Reader): Expression {
  const operands: Expression[] = [];
  for (;;) {
    const ands = passAnds(reader, operands.length > 0);
    if (!beginsTerm(reader.cursor)) {
      if (operands.length === 0) throw reader.cursor.expected("a comparison, such as metrics.loss < 0.1");
      if (ands > 0) loose(reader, "a comparison after AND");
      return joined("and", operands);
    }
    if (ands === 0 && operands.length > 0) loose(reader, "AND or OR");
    operands.push(term(reader));
  }
}

function passAnds(reader: Reader, oneIsDue: boolean): number {
  let ands = 0;
  while (reader.cursor.isWord("AND")) {
    if (ands > 0 || !oneIsDue) loose(reader, "a comparison");
    reader.cursor.next();
    ands += 1;
  }
  return ands;
}

function loose(reader: Reader, expected: string): void {
  reader.looseAnd ??= reader.cursor.expected(expected);
}

function beginsTerm(cursor: Cursor): boolean {
  const { kind } = cursor.peek();
  return kind === "(" || kind === "text" || (kind === "path" && !cursor.isWord("AND") && !cursor.isWord("OR"));
}

function term(reader: Reader): Expression {
  if (reader.cursor.takeWord("NOT")) {
    return deeper(reader, () => ({ kind: "not", operand: term(reader) }));
  }
  if (reader.cursor.take("(")) {
    return deeper(reader, () => {
      const inner = either(reader);
      if (!reader.cursor.take(")")) throw reader.cursor.expected("AND, OR or a closing bracket");
      return inner;
    });
  }
  const { kind } = reader.cursor.peek();
  if ((kind !== "path" && kind !== "text") || KEYWORDS.some(reader.cursor.isWord))
    throw reader.cursor.expected("a comparison, such as metrics.loss < 0.1");
  return parsePredicate(reader.cursor, reader.dialect, reader.countTerm);
}

function deeper(reader: Reader, read: () => Expression): Expression {
  reader.extended = true;
  reader.depth += 1;
  if (reader.depth > FILTER_LIMITS.depthMax)
    throw tooLarge(reader.cursor.source, `${FILTER_LIMITS.depthMax} levels of brackets and NOT`, "Write it flatter.");
  const expression = read();
  reader.depth -= 1;
  return expression;
}

/** Nested `and`s (or `or`s) are one, so that two filters of the same form have the same tree. */
function joined(kind: "and" | "or", operands: readonly Expression[]): Expression {
  const [only, ...others] = operands;
  if (only !== undefined && others.length === 0) return only;
  return { kind, operands: operands.flatMap((it) => (it.kind === kind ? it.operands : [it])) };
}
