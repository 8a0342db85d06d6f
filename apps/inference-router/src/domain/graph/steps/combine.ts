import { compileExpression } from "@throughline/expressions";
import type { CombineNode } from "@throughline/graphs";
import { expressionWithoutValue, nodeOutputInvalid, nodeWithoutInputs } from "../errors.ts";
import { gather } from "../inputs.ts";
import { scoresOutput } from "../output.ts";
import type { GraphStep } from "../run.ts";

export interface Combining {
  readonly node: string;
  readonly combine: CombineNode;
  /** Scores of each input. */
  readonly width: number;
}

/** One score of each input; undefined where the input is absent. */
type Column = readonly (number | undefined)[];

/** Makes scores of those of the inputs that are there. */
export function combineRun(combining: Combining): GraphStep["run"] {
  const { node, combine, width } = combining;
  const { inputs, fallback } = combine;
  const combined = combiner(combine);
  return async (scope) => {
    const { parts } = await gather(scope, inputs);
    const scores = Array.from({ length: width }, (_, place) => {
      const column = parts.map(({ output }) => (output?.type === "scores" ? output.scores[place] : undefined));
      const score = combined(column) ?? fallback;
      if (score === undefined) throw withoutValue(combining, column);
      if (!Number.isFinite(score)) throw nodeOutputInvalid(node, `a score is ${score}`);
      return score;
    });
    return scoresOutput(scores);
  };
}

function withoutValue({ node, combine }: Combining, column: Column): Error {
  const missing = combine.inputs.filter((_, i) => column[i] === undefined);
  if (combine.method === "EXPRESSION") return expressionWithoutValue(node, combine.expression);
  return nodeWithoutInputs(node, missing);
}

/** The n-th score of the n-th ones of the inputs; undefined where nothing can be computed. */
function combiner({
  inputs,
  method,
  weights,
  threshold,
  expression,
}: CombineNode): (column: Column) => number | undefined {
  switch (method) {
    case "MEAN":
      return (column) => weightedMean(column, () => 1);
    case "WEIGHTED":
      return (column) => weightedMean(column, (i) => weights[i] ?? 0);
    case "VOTE":
      return (column) =>
        weightedMean(
          column.map((score) => (score === undefined ? undefined : Number(score >= threshold))),
          () => 1,
        );
    case "EXPRESSION": {
      const variables = Object.fromEntries(inputs.map((it) => [it, "double" as const]));
      const compiled = compileExpression(expression, { variables, result: "double" });
      return (column) => compiled.evaluate(Object.fromEntries(inputs.map((it, i) => [it, column[i]])));
    }
  }
}

/** Over what is there, in the order of the inputs. Undefined if that has no weight. */
function weightedMean(column: Column, weightOf: (place: number) => number): number | undefined {
  let [sum, weights] = [0, 0];
  column.forEach((score, i) => {
    if (score === undefined) return;
    sum += weightOf(i) * score;
    weights += weightOf(i);
  });
  return weights > 0 ? sum / weights : undefined;
}
