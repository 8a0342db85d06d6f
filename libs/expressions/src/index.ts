export { compileExpression, type Declaration, EXPRESSION_LIMITS, type Expression } from "./expression.ts";
export type { ExpressionType, Value, ValueOf, Values } from "./value.ts";
