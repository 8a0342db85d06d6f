import { compileExpression, type ExpressionType } from "@throughline/expressions";
import { isDomainError } from "@throughline/kernel";
import type { NodeCheck } from "./node-check.ts";

export interface Expected {
  readonly field: string;
  readonly variables: Readonly<Record<string, ExpressionType>>;
  readonly result: ExpressionType;
}

/** Refuses an expression that does not compile, with what is wrong with it and where. */
export function checkExpression({ add }: NodeCheck, text: string, { field, variables, result }: Expected): void {
  try {
    compileExpression(text, { variables, result });
  } catch (error) {
    if (!isDomainError(error, "EXPRESSION_INVALID")) throw error;
    add(field, error.message);
  }
}
