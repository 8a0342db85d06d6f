import { typed } from "./compile.ts";
import { expressionInvalid } from "./errors.ts";
import { BRACKETS_DEPTH_MAX, parsed, type Syntax, TEXT_LENGTH_MAX } from "./syntax.ts";
import type { ExpressionType, ValueOf, Values } from "./value.ts";

/** What an expression may refer to, and what it must give. */
export interface Declaration<R extends ExpressionType> {
  /** Types of variables by name. Names may have dots. */
  readonly variables: Readonly<Record<string, ExpressionType>>;
  readonly result: R;
}

/** An expression whose types are known to fit. It may be evaluated as often as wanted; it keeps nothing. */
export interface Expression<R extends ExpressionType> {
  readonly text: string;
  /** Names of the variables that it refers to, sorted. */
  readonly variables: readonly string[];
  /** Number of its parts. There are no loops, so that no evaluation takes more steps than this. */
  readonly cost: number;
  /**
   * The value; undefined if a variable that it depends on has none, or an operation has no result (a division of whole numbers by
   * zero, an overflow of 64 bits, a text that is no number). `&&` and `||` need no other side where one decides; the branch that is
   * not chosen is not computed. Never throws.
   */
  evaluate(values: Values): ValueOf<R> | undefined;
}

/** Most characters and parts of an expression, and most brackets within each other. */
export const EXPRESSION_LIMITS = { textLength: TEXT_LENGTH_MAX, parts: 500, depth: BRACKETS_DEPTH_MAX } as const;

/**
 * Reads an expression in CEL, checks the types of all of its parts, and makes of it what computes its value. Everything in it is
 * the Common Expression Language but `present(name)`, `math.exp`, `math.log` and `math.pow`, which are ours; macros, maps, bytes
 * and times are left out. Fails with EXPRESSION_INVALID, which names the column and what was expected.
 */
export function compileExpression<R extends ExpressionType>(
  text: string,
  { variables, result }: Declaration<R>,
): Expression<R> {
  const { root, columnOf } = parsed(text);
  const used = new Set<string>();
  let cost = 0;
  const refuse = (part: Syntax, problem: string): never => {
    throw expressionInvalid(text, columnOf(part), problem);
  };
  const count = (part: Syntax): void => {
    cost++;
    if (cost > EXPRESSION_LIMITS.parts) refuse(part, `it has more than ${EXPRESSION_LIMITS.parts} parts`);
  };
  const { type, compute } = typed(root, { variables, used, count, refuse });
  if (type !== result) throw expressionInvalid(text, 1, `the expression gives ${type} where ${result} is needed`);
  return {
    text,
    variables: [...used].sort(),
    cost,
    evaluate: (values) => compute(values) as ValueOf<R> | undefined,
  };
}
