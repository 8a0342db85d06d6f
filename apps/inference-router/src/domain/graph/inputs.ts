import { REQUEST } from "@throughline/graphs";
import type { FeatureValue } from "@throughline/kernel";
import type { NodeOutput } from "./output.ts";
import type { NodeScope } from "./run.ts";

/** The inputs of a node, in the order in which it names them. */
export interface Gathered {
  readonly parts: readonly GatheredPart[];
}

export interface GatheredPart {
  readonly input: string;
  /** Undefined if the input is absent. */
  readonly output: NodeOutput | undefined;
}

/** Pulls the inputs of a node, all at once. */
export async function gather(scope: NodeScope, inputs: readonly string[]): Promise<Gathered> {
  const outputs = await Promise.all(
    inputs.map((it) => (it === REQUEST ? ({ type: "features", columns: scope.row.columns } as const) : scope.pull(it))),
  );
  return { parts: inputs.map((input, i) => ({ input, output: outputs[i] })) };
}

/** The value of a name: a column of one of the inputs, or the one score of an input of that name. */
export function valueByName({ parts }: Gathered, name: string): FeatureValue | undefined {
  for (const { input, output } of parts) {
    if (output?.type === "features") {
      const column = output.columns.get(name);
      if (column) return column.value;
    } else if (output?.type === "scores" && input === name) return output.scores[0];
  }
  return undefined;
}

/** The values of all inputs side by side: columns in their order, and scores. `columnsOf` names the columns of an absent input. */
export function sideBySide(
  { parts }: Gathered,
  columnsOf: (input: string) => readonly string[],
): readonly { readonly name: string; readonly value: FeatureValue }[] {
  return parts.flatMap(({ input, output }) => {
    if (output?.type === "scores") return output.scores.map((value) => ({ name: input, value }));
    if (output === undefined) return columnsOf(input).map((name) => ({ name, value: null }));
    return [...output.columns].map(([name, { value }]) => ({ name, value }));
  });
}
