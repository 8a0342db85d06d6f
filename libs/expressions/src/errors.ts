import { DomainError } from "@throughline/kernel";

/** An expression cannot be used. `column` counts the characters of the text from 1. */
export const expressionInvalid = (text: string, column: number, problem: string): DomainError =>
  new DomainError("invalid", "EXPRESSION_INVALID", `Column ${column} of ${quoted(text)}: ${problem}.`, {
    metadata: { column: String(column), problem },
  });

/** Most characters of an expression that a message repeats. */
const QUOTED_MAX = 120;

const quoted = (text: string): string =>
  JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}...` : text);
