import { numberOf } from "../../features.ts";
import { nodeWithoutInputs } from "../errors.ts";
import { gather, sideBySide } from "../inputs.ts";
import { type GraphStep, type NodeScope, Refusal } from "../run.ts";
import { type ModelParts, modelScores } from "./model.ts";

/** How far a row is from what is usual. */
export interface OutlierMethod {
  readonly limit: number;
  /** True if low scores are those of outliers. */
  readonly isOutlierBelow: boolean;
  score(scope: NodeScope): Promise<number>;
}

/** Lets the pass node answer for usual rows; for others the otherwise node, or nobody. */
export function gateRun(gate: {
  readonly name: string;
  readonly method: OutlierMethod;
  readonly passNode: string;
  /** Empty: the answer is refused. */
  readonly otherwiseNode: string;
}): GraphStep["run"] {
  const { name, method, passNode, otherwiseNode } = gate;
  return async (scope) => {
    const score = await method.score(scope);
    const { limit } = method;
    // Written so that a distance which is no number (of infinite values) is one of an outlier.
    const isOutlier = method.isOutlierBelow ? !(score >= limit) : !(score <= limit);
    scope.judge({ score, limit, isOutlier });
    if (isOutlier && otherwiseNode === "") throw new Refusal(name);
    const taken = isOutlier ? otherwiseNode : passNode;
    const output = await scope.pull(taken);
    if (output === undefined) throw nodeWithoutInputs(name, [taken]);
    return output;
  };
}

/** What a model says of the row. */
export const anomalyModel = (
  parts: ModelParts,
  decides: { readonly limit: number; readonly isOutlierBelow: boolean },
): OutlierMethod => ({
  ...decides,
  async score(scope) {
    const [score = Number.NaN] = await modelScores(parts, scope);
    return score;
  },
});

/** The squared distance (x - mean)' A (x - mean). A value that is missing counts as its mean. */
export function mahalanobis(method: {
  readonly release: string;
  readonly inputs: readonly string[];
  readonly columnsOf: (input: string) => readonly string[];
  readonly mean: readonly number[];
  /** Row by row. */
  readonly inverseCovariance: readonly number[];
  readonly limit: number;
}): OutlierMethod {
  const { release, inputs, columnsOf, mean, inverseCovariance, limit } = method;
  return {
    limit,
    isOutlierBelow: false,
    async score(scope) {
      const row = sideBySide(await gather(scope, inputs), columnsOf);
      const differences = mean.map((center, i) => {
        const { name = "", value = null } = row[i] ?? {};
        const number = numberOf(value, { release, feature: name });
        return Number.isNaN(number) ? 0 : number - center;
      });
      return quadraticForm(differences, inverseCovariance);
    },
  };
}

function quadraticForm(vector: readonly number[], matrix: readonly number[]): number {
  const size = vector.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += (matrix[i * size + j] ?? 0) * (vector[j] ?? 0);
    sum += (vector[i] ?? 0) * row;
  }
  return sum;
}
