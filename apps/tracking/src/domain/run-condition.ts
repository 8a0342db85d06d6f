import type { Comparison, Expression, In, IsNull, Like, LineageField } from "@throughline/search";

/** A filter of runs whose questions to the thread were answered: which runs, of those that there are, to find. */
export type RunCondition =
  | { readonly kind: "and" | "or"; readonly operands: readonly RunCondition[] }
  | { readonly kind: "not"; readonly operand: RunCondition }
  | { readonly kind: "test"; readonly test: RunTest }
  | ({ readonly kind: "runs" } & RunSet);

/** A test of one field that runs have themselves. */
export type RunTest = Comparison | Like | In | IsNull;

/** Some runs: by their ids, and by the data sets that they read. */
export interface RunSet {
  readonly ids: readonly string[];
  readonly datasetDigests: readonly string[];
}

/** A test of what the thread knows. */
export type LineageTest = RunTest & { readonly field: LineageField };

/** Puts the answers of the thread into a filter. */
export async function runCondition(
  expression: Expression,
  answer: (test: LineageTest) => Promise<RunSet>,
): Promise<RunCondition> {
  switch (expression.kind) {
    case "and":
    case "or": {
      const operands: RunCondition[] = [];
      // One after the other: a filter can ask the thread many questions.
      for (const operand of expression.operands) operands.push(await runCondition(operand, answer));
      return { kind: expression.kind, operands };
    }
    case "not":
      return { kind: "not", operand: await runCondition(expression.operand, answer) };
    default:
      if (!isLineageTest(expression)) return { kind: "test", test: expression };
      return answered(expression, await answer(expression));
  }
}

/** A test of absence is answered with the runs that have something. */
function answered(test: LineageTest, set: RunSet): RunCondition {
  const runs: RunCondition = { kind: "runs", ...set };
  return test.kind === "isNull" && !test.negated ? { kind: "not", operand: runs } : runs;
}

const isLineageTest = (test: RunTest): test is LineageTest => test.field.entity === "lineage";
