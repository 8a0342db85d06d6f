import { type Bucket, type QuantileBucket, TRANSFORM_LIMITS } from "../definition.ts";
import { aName, ascending, aWhole } from "../fields.ts";
import {
  addQuantiles,
  mergeQuantiles,
  noQuantiles,
  type QuantileState,
  quantileOf,
  ranked,
} from "../learn/quantiles.ts";
import type { ProgramBuilder } from "../program.ts";
import { learned } from "./constants.ts";
import { asNumber, expectTypes, type Lowered, onlyInput, onlyOutput, RANK_ERROR, type StepKind } from "./step-kind.ts";

export const bucket: StepKind<Bucket> = {
  fields: { input: aName, output: aName, boundaries: ascending(1, TRANSFORM_LIMITS.boundariesMax) },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole"], report);
    return onlyOutput(step, "category");
  },
  lower: ({ boundaries }, { inputs, build }) => [bucketed(build, onlyInput(inputs), boundaries)],
};

export const quantileBucket: StepKind<QuantileBucket> = {
  fields: { input: aName, output: aName, buckets: aWhole(2, TRANSFORM_LIMITS.boundariesMax) },
  constants: { boundaries: ascending(0, TRANSFORM_LIMITS.boundariesMax), ...RANK_ERROR },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole"], report);
    return onlyOutput(step, "category");
  },
  learner({ buckets, output }, inputs, build) {
    const input = onlyInput(inputs);
    const lane = asNumber(build, input);
    return {
      reads: [lane],
      empty: () => noQuantiles(),
      add: (state, lanes) => addQuantiles(state as QuantileState, lanes.numbers(lane)),
      merge: (state, other) => mergeQuantiles(state as QuantileState, other as QuantileState),
      constants(state) {
        const numbers = ranked(state as QuantileState);
        const inner = Array.from({ length: buckets - 1 }, (_, i) =>
          learned(output, quantileOf(numbers, (i + 1) / buckets)),
        );
        // A boundary at the least number would leave the bucket below it empty.
        const least = numbers.values[0] ?? 0;
        const boundaries = [...new Set(inner)].filter((it) => it > least);
        return { boundaries, rankErrorMax: numbers.rankErrorMax };
      },
    };
  },
  lower: (_, { inputs, constants, build }) => [
    bucketed(build, onlyInput(inputs), (constants as { boundaries: readonly number[] }).boundaries),
  ],
};

function bucketed(build: ProgramBuilder, input: Lowered, given: readonly number[]): Lowered {
  const boundaries = given.map((it) => it + 0);
  const lane = asNumber(build, input);
  const missing = boundaries.length + 1;
  // Where all training values are alike there is no boundary, and one bucket.
  const found = boundaries.length === 0 ? build.constant(0) : build.count(lane, boundaries);
  return {
    type: "category",
    lane: build.select(build.isNaN(lane), missing, found),
    cardinality: missing + 1,
    labelOf: (i) => (i === missing ? "missing" : `[${boundaries[i - 1] ?? "-∞"}, ${boundaries[i] ?? "∞"})`),
  };
}
