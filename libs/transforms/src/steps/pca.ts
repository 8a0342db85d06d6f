import { invariant } from "@throughline/kernel";
import { symmetricEigen } from "@throughline/stats";
import { type Pca, TRANSFORM_LIMITS } from "../definition.ts";
import { invalidConstants, invalidDefinition, nothingToLearn } from "../errors.ts";
import { aFlag, aList, aName, aNumber, aWhole } from "../fields.ts";
import {
  addCovariance,
  type CovarianceState,
  covarianceMatrix,
  mergeCovariance,
  noCovariance,
} from "../learn/covariance.ts";
import type { Lane, ProgramBuilder } from "../program.ts";
import { learned } from "./constants.ts";
import { asNumber, expectTypes, type Learner, type Lowered, onlyOutput, type StepKind } from "./step-kind.ts";

interface PcaConstants {
  readonly mean: readonly number[];
  /** One list for each component, with an element for each number. */
  readonly components: readonly (readonly number[])[];
  readonly variances: readonly number[];
}

const { pcaInputsMax } = TRANSFORM_LIMITS;

const numbers = aList(aNumber, 1, pcaInputsMax);

export const pca: StepKind<Pca> = {
  fields: {
    inputs: aList(aName, 1, pcaInputsMax),
    output: aName,
    components: aWhole(1, pcaInputsMax),
    whiten: { optional: aFlag },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole", "vector"], report);
    return onlyOutput(step, "vector");
  },
  constants: { mean: numbers, components: aList(numbers, 1, pcaInputsMax), variances: numbers, explained: numbers },
  learner: (step, inputs, build) => covarianceLearner(step, numbersOf(build, step, inputs)),
  lower(step, { inputs, constants, build }) {
    const { mean, components, variances } = constants as PcaConstants;
    const lanes = numbersOf(build, step, inputs);
    if ([mean, ...components].some((it) => it.length !== lanes.length) || variances.length !== components.length)
      throw invalidConstants(step.output, `are not those of ${lanes.length} numbers`);
    const factors = components.map((it, c) =>
      step.whiten ? it.map((x) => x / Math.sqrt(variances[c] as number)) : it,
    );
    // Term after term, in this order: a matrix product would add in an order of its own.
    const sum = lanes.reduce<Lane | undefined>((before, number, i) => {
      const row = build.constant(...factors.map((it) => (it[i] as number) + 0));
      const term = build.multiply(build.subtract(number, mean[i] as number), row);
      return before === undefined ? term : build.add(before, term);
    }, undefined);
    invariant(sum !== undefined, "there are inputs");
    return [{ type: "vector", lane: sum, labelOf: (i) => `${step.output} ${i}` }];
  },
};

/** All numbers of the inputs, one lane each. */
function numbersOf(build: ProgramBuilder, { output, components }: Pca, inputs: readonly Lowered[]): readonly Lane[] {
  const lanes = inputs.map((it) => asNumber(build, it));
  const width = lanes.reduce((sum, it) => sum + it.width, 0);
  const refuse = (description: string) => invalidDefinition([{ path: `the inputs of ${output}`, description }]);
  if (width > pcaInputsMax)
    throw refuse(`have ${width} numbers, and the components are taken of ${pcaInputsMax} at most`);
  if (width < components) throw refuse(`have ${width} numbers, which have no ${components} components`);
  return lanes.flatMap((lane) => Array.from({ length: lane.width }, (_, i) => build.pick(lane, i)));
}

function covarianceLearner({ output, components, whiten }: Pca, lanes: readonly Lane[]): Learner {
  return {
    reads: lanes,
    empty: () => noCovariance(lanes.length),
    add: (state, evaluated) =>
      addCovariance(
        state as CovarianceState,
        lanes.map((it) => evaluated.numbers(it)),
      ),
    merge: (state, other) => mergeCovariance(state as CovarianceState, other as CovarianceState),
    constants(given) {
      const state = given as CovarianceState;
      if (state.count < 2) throw nothingToLearn(output, "fewer than two rows have all of its inputs");
      const { mean, matrix } = covarianceMatrix(state);
      const { values, vectors } = symmetricEigen(matrix);
      const total = values.reduce((sum, it) => sum + it, 0);
      const order = [...values.keys()]
        .sort((a, b) => (values[b] as number) - (values[a] as number))
        .slice(0, components);
      const variances = order.map((i) => learned(output, Math.max(0, values[i] as number)));
      if (whiten && variances.some((it) => !(it > total * 1e-15)))
        throw nothingToLearn(output, "a component has no variance to be divided by; ask for fewer components");
      return {
        mean: mean.map((it) => learned(output, it)),
        components: order.map((i) => upright(vectors.map((row) => row[i] as number)).map((it) => learned(output, it))),
        variances,
        explained: variances.map((it) => (total > 0 ? it / total : 0)),
      };
    },
  };
}

/** The same direction with its greatest element positive. */
function upright(component: readonly number[]): readonly number[] {
  const greatest = component.reduce((best, it) => (Math.abs(it) > Math.abs(best) ? it : best), 0);
  return greatest < 0 ? component.map((it) => -it) : component;
}
