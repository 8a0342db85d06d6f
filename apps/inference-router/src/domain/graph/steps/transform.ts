import type { ExpressionType } from "@throughline/expressions";
import type { ComputedType, TransformOutput } from "@throughline/graphs";
import type { Feature } from "../../features.ts";
import { gather, valueByName } from "../inputs.ts";
import { featuresOutput, MISSING } from "../output.ts";
import { rowExpression } from "../row-expression.ts";
import type { GraphStep } from "../run.ts";

const TYPES: Readonly<Record<ComputedType, ExpressionType>> = {
  DOUBLE: "double",
  INT: "int",
  BOOL: "bool",
  STRING: "string",
};

/** Computes columns of the columns of its inputs. An expression without a value gives a missing one. */
export function transformRun(transform: {
  readonly inputs: readonly string[];
  readonly outputs: readonly TransformOutput[];
  /** Columns of all inputs. */
  readonly columns: readonly string[];
}): GraphStep["run"] {
  const { inputs, outputs, columns } = transform;
  const computed = outputs.map(({ name, expression, type }) => ({
    name,
    of: rowExpression(expression, columns, TYPES[type]),
  }));
  return async (scope) => {
    const gathered = await gather(scope, inputs);
    const row = computed.map(({ name, of }): readonly [string, Feature] => {
      const value = of.evaluate((column) => valueByName(gathered, column));
      return [name, value === undefined ? MISSING : { value, status: "present" }];
    });
    return featuresOutput(new Map(row));
  };
}
