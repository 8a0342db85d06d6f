import type { Scale } from "../definition.ts";
import { aList, aName, aNumber, oneOf } from "../fields.ts";
import { addMoments, type MomentState, meanOf, mergeMoments, noMoments, varianceOf } from "../learn/moments.ts";
import {
  addQuantiles,
  mergeQuantiles,
  noQuantiles,
  type QuantileState,
  quantileOf,
  ranked,
} from "../learn/quantiles.ts";
import type { Lane } from "../program.ts";
import { learned } from "./constants.ts";
import { asNumber, expectTypes, type Learner, onlyInput, onlyOutput, RANK_ERROR, type StepKind } from "./step-kind.ts";

/** What is subtracted, and what the difference is divided by. */
interface ScaleConstants {
  readonly center: number;
  readonly span: number;
}

const QUARTILES = [0.25, 0.75];

export const scale: StepKind<Scale> = {
  fields: {
    input: aName,
    output: aName,
    method: oneOf("min-max", "z-score", "robust"),
    range: { optional: aList(aNumber, 2, 2) },
    quantiles: { optional: aList(aNumber, 2, 2) },
  },
  constants: { center: aNumber, span: aNumber, ...RANK_ERROR },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole"], report);
    if (step.range !== undefined && step.method !== "min-max") report("range", "belongs to the method min-max alone");
    const [from = 0, to = 1] = step.range ?? [];
    if (!(from < to)) report("range", "has to ascend");
    if (step.quantiles !== undefined && step.method !== "robust")
      report("quantiles", "belong to the method robust alone");
    const [low = 0, high = 0] = step.quantiles ?? QUARTILES;
    if (!(low >= 0 && low < high && high <= 1)) report("quantiles", "have to ascend and lie between 0 and 1");
    return onlyOutput(step, "number");
  },
  learner(step, inputs, build) {
    const input = onlyInput(inputs);
    const lane = asNumber(build, input);
    return step.method === "robust" ? byQuantiles(step, lane) : byMoments(step, lane);
  },
  lower({ range = [0, 1] }, { inputs, constants, build }) {
    const input = onlyInput(inputs);
    const { center, span } = constants as ScaleConstants;
    const [from = 0, to = 1] = range;
    const scaled = build.divide(build.subtract(asNumber(build, input), center), span);
    const lane = from === 0 && to === 1 ? scaled : build.add(build.multiply(scaled, to - from), from);
    return [{ type: "number", lane }];
  },
};

const byMoments = (step: Scale, lane: Lane): Learner => ({
  reads: [lane],
  empty: noMoments,
  add: (state, lanes) => addMoments(state as MomentState, lanes.numbers(lane)),
  merge: (state, other) => mergeMoments(state as MomentState, other as MomentState),
  constants(given) {
    const state = given as MomentState;
    if (step.method === "min-max") return constants(step, state.min, state.max - state.min);
    return state.count === 0
      ? constants(step, Number.NaN, 0)
      : constants(step, meanOf(state), Math.sqrt(varianceOf(state)));
  },
});

const byQuantiles = (step: Scale, lane: Lane): Learner => ({
  reads: [lane],
  empty: () => noQuantiles(),
  add: (state, lanes) => addQuantiles(state as QuantileState, lanes.numbers(lane)),
  merge: (state, other) => mergeQuantiles(state as QuantileState, other as QuantileState),
  constants(state) {
    const numbers = ranked(state as QuantileState);
    const [low = 0, high = 0] = (step.quantiles ?? QUARTILES).map((it) => quantileOf(numbers, it));
    return { ...constants(step, quantileOf(numbers, 0.5), high - low), rankErrorMax: numbers.rankErrorMax };
  },
});

function constants(
  { output }: Scale,
  center: number,
  span: number,
): { readonly center: number; readonly span: number } {
  // Where all values are alike there is nothing to divide by.
  return { center: learned(output, center), span: learned(output, span) === 0 ? 1 : span };
}
