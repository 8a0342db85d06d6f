import type { ExpressionType } from "@throughline/expressions";
import { checkExpression } from "./check-expression.ts";
import type { ComputedType, EnrichNode, TransformNode } from "./graph.ts";
import { namesOf } from "./names.ts";
import { type CheckedKind, columnsOf, inputsOf, type NodeCheck } from "./node-check.ts";
import { type ColumnType, features, variablesOf } from "./node-output.ts";

const TYPES: Readonly<Record<ComputedType, ExpressionType>> = {
  DOUBLE: "double",
  INT: "int",
  BOOL: "bool",
  STRING: "string",
};

/** Nodes that compute features of features. */
export function checkTransform(check: NodeCheck, node: TransformNode): CheckedKind<"transform"> {
  const { outputs } = node;
  const inputs = inputsOf(check, "transform.inputs", node.inputs);
  const columns = inputs && columnsOf(check, inputs);
  const variables = columns && variablesOf(columns);
  for (const [i, { name, expression, type }] of outputs.entries()) {
    if (outputs.findIndex((it) => it.name === name) < i)
      check.add(`transform.outputs[${i}].name`, `${name} is an output already`);
    if (variables) {
      const field = `transform.outputs[${i}].expression`;
      checkExpression(check, expression, { field, variables, result: TYPES[type] });
    }
  }
  return { filled: node, output: features(outputs.map(({ name, type }) => ({ name, type: TYPES[type] }))) };
}

/** Nodes that look up features. Whether their feature service is what they say is the caller's to check. */
export function checkEnrich(check: NodeCheck, node: EnrichNode): CheckedKind<"enrich"> {
  const { keys } = node;
  const service = Object.hasOwn(check.facts.enriched, check.name) ? check.facts.enriched[check.name] : undefined;
  const readsColumns = node.inputs.length > 0 || keys.some((it) => it.column !== undefined);
  const inputs = readsColumns ? inputsOf(check, "enrich.inputs", node.inputs) : [];
  const columns = inputs && columnsOf(check, inputs);
  for (const [i, { key, column: name }] of keys.entries()) {
    if (keys.findIndex((it) => it.key === key) < i) check.add(`enrich.keys[${i}].key`, `${key} is bound already`);
    const wanted = service?.keys?.find((it) => it.name === key);
    if (service?.keys && !wanted)
      check.add(`enrich.keys[${i}].key`, `${node.featureService} reads no ${key}; it reads ${namesOf(service.keys)}`);
    if (name === undefined || !columns) continue;
    const column = columns.find((it) => it.name === name);
    if (!column) check.add(`enrich.keys[${i}].column`, `there is no column ${name}; there is ${namesOf(columns)}`);
    else if (wanted && !isKey(column.type, wanted.type))
      check.add(`enrich.keys[${i}].column`, `${name} is ${column.type}; ${key} is ${wanted.type}`);
  }
  return { filled: node, output: service && features(service.columns) };
}

const isKey = (given: ColumnType, wanted: ColumnType): boolean =>
  given === wanted || given === "any" || wanted === "any";
