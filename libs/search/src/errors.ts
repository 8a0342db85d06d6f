import { DomainError } from "@throughline/kernel";

/** The text of a request that is being read: `path` is its field there, such as `filter` or `order_by[2]`. */
export interface Source {
  readonly text: string;
  readonly path: string;
  readonly kind: "FILTER" | "ORDER_BY";
}

/**
 * - SYNTAX: the text does not follow the grammar.
 * - FIELD_UNKNOWN: nothing of that name can be searched or ordered by here.
 * - OPERATOR: the field does not have this operator.
 * - VALUE: the value is of the wrong type for the field.
 * - TOO_LARGE: too long, too many terms or too deep.
 */
export type Fault = "SYNTAX" | "FIELD_UNKNOWN" | "OPERATOR" | "VALUE" | "TOO_LARGE";

/** What is wrong at a place of the text. */
export interface Problem {
  readonly fault: Fault;
  /** Index into the text. */
  readonly at: number;
  /** The text there; the end of the text if empty. */
  readonly found: string;
  readonly expected: string;
  /** What to write instead. */
  readonly advice?: string;
}

const FOUND_LENGTH_MAX = 40;

/** INVALID_ARGUMENT with reason FILTER_… or ORDER_BY_…; columns count characters from 1. */
export function wrong(source: Source, problem: Problem): DomainError {
  const { fault, at, expected } = problem;
  const column = String([...source.text.slice(0, at)].length + 1);
  const found = shown(problem.found);
  const advice = problem.advice === undefined ? "" : ` ${problem.advice}`;
  const description = `column ${column}: found ${found}, expected ${expected}.${advice}`;
  return new DomainError("invalid", `${source.kind}_${fault}` as const, `${source.path}: ${description}`, {
    metadata: { field: source.path, column, found: problem.found.slice(0, FOUND_LENGTH_MAX), expected },
    violations: [{ path: source.path, description }],
  });
}

/** The text as a whole breaks a limit. */
export function tooLarge(source: Pick<Source, "path" | "kind">, limit: string, advice: string): DomainError {
  const description = `is larger than ${limit}. ${advice}`;
  return new DomainError("invalid", `${source.kind}_TOO_LARGE` as const, `${source.path}: ${description}`, {
    metadata: { field: source.path, limit },
    violations: [{ path: source.path, description }],
  });
}

function shown(text: string): string {
  if (text === "") return "the end";
  const characters = [...text.slice(0, 2 * FOUND_LENGTH_MAX)];
  return characters.length > FOUND_LENGTH_MAX ? `${characters.slice(0, FOUND_LENGTH_MAX).join("")}…` : text;
}
