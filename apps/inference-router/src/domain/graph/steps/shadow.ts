import { nodeWithoutInputs } from "../errors.ts";
import type { GraphStep } from "../run.ts";

/** Answers by its primary node; the mirrors run when the answer has left. */
export function shadowRun(shadow: {
  readonly name: string;
  readonly primaryNode: string;
  readonly mirrorNodes: readonly string[];
}): GraphStep["run"] {
  const { name, primaryNode, mirrorNodes } = shadow;
  return async (scope) => {
    const output = await scope.pull(primaryNode);
    if (output === undefined) throw nodeWithoutInputs(name, [primaryNode]);
    scope.mirror(mirrorNodes);
    return output;
  };
}
