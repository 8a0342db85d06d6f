import { invariant } from "@throughline/kernel";
import { type OneHot, TRANSFORM_LIMITS } from "../definition.ts";
import { invalidDefinition } from "../errors.ts";
import { aName } from "../fields.ts";
import { expectTypes, onlyInput, onlyOutput, type StepKind } from "./step-kind.ts";

export const oneHot: StepKind<OneHot> = {
  fields: { input: aName, output: aName },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["category"], report);
    return onlyOutput(step, "vector");
  },
  lower({ output, input: name }, { inputs, build }) {
    const input = onlyInput(inputs);
    invariant(input.cardinality !== undefined, "a category says how many there are");
    if (input.cardinality > TRANSFORM_LIMITS.categoriesMax) {
      const description = `has ${input.cardinality} categories, and a one-hot takes ${TRANSFORM_LIMITS.categoriesMax}`;
      throw invalidDefinition([{ path: `the input ${name} of ${output}`, description }]);
    }
    const { labelOf } = input;
    return [
      {
        type: "vector",
        lane: build.oneHot(input.lane, input.cardinality),
        ...(labelOf && { labelOf: (i: number) => `${name}=${labelOf(i)}` }),
      },
    ];
  },
};
