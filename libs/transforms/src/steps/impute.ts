import type { Json } from "@throughline/kernel";
import { MISSING_TEXT } from "../column.ts";
import { type Impute, TRANSFORM_LIMITS } from "../definition.ts";
import { nothingToLearn } from "../errors.ts";
import { aName, aNumber, oneOf } from "../fields.ts";
import { addCount, byCodePoint, type CountState, mostFrequent } from "../learn/counts.ts";
import { addMoments, type MomentState, meanOf, mergeMoments, noMoments } from "../learn/moments.ts";
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
import { asNumber, expectTypes, type Learner, onlyInput, RANK_ERROR, type StepKind } from "./step-kind.ts";

export const impute: StepKind<Impute> = {
  fields: {
    input: aName,
    output: aName,
    with: oneOf("mean", "median", "most-frequent", "constant"),
    value: { optional: (it) => (typeof it === "string" ? undefined : aNumber(it)) },
    indicator: { optional: aName },
  },
  constants: { value: (it) => (typeof it === "string" ? undefined : aNumber(it)), ...RANK_ERROR },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole", "text"], report);
    const isText = inputs[0] === "text";
    if ((step.value !== undefined) !== (step.with === "constant"))
      report("value", `belongs to "with: constant", and only to that`);
    else if (step.value !== undefined && (typeof step.value === "string") !== isText)
      report("value", `has to be a ${isText ? "text, as its input is" : "number, as its input is"}`);
    if (isText && (step.with === "mean" || step.with === "median"))
      report("with", `is ${step.with}, which texts do not have; use most-frequent or constant`);
    const made = [[step.output, isText ? "text" : "number"]] as const;
    return step.indicator === undefined ? made : [...made, [step.indicator, "number"]];
  },
  learns: (step) => step.with !== "constant",
  learner(step, inputs, build) {
    const input = onlyInput(inputs);
    if (input.type === "text") return commonText(step, input.lane);
    const lane = asNumber(build, input);
    if (step.with === "mean") return meanLearner(step, lane);
    return step.with === "median" ? medianLearner(step, lane) : commonNumber(step, lane);
  },
  lower(step, { inputs, constants, build }) {
    const input = onlyInput(inputs);
    const value = step.with === "constant" ? step.value : (constants as { readonly value: number | string }).value;
    const isText = input.type === "text";
    const lane = isText ? input.lane : asNumber(build, input);
    const missing = isText ? build.atLeast(build.textPosition(lane, [MISSING_TEXT]), 0) : build.isNaN(lane);
    const filled = isText ? build.fillText(lane, missing, String(value)) : build.select(missing, Number(value), lane);
    const made = { type: isText ? "text" : "number", lane: filled } as const;
    return step.indicator === undefined ? [made] : [made, { type: "number", lane: build.select(missing, 1, 0) }];
  },
};

const meanLearner = (step: Impute, lane: Lane): Learner => ({
  reads: [lane],
  empty: noMoments,
  add: (state, lanes) => addMoments(state as MomentState, lanes.numbers(lane)),
  merge: (state, other) => mergeMoments(state as MomentState, other as MomentState),
  constants: (state) => constant(step, (state as MomentState).count, () => meanOf(state as MomentState)),
});

const medianLearner = (step: Impute, lane: Lane): Learner => ({
  reads: [lane],
  empty: () => noQuantiles(),
  add: (state, lanes) => addQuantiles(state as QuantileState, lanes.numbers(lane)),
  merge: (state, other) => mergeQuantiles(state as QuantileState, other as QuantileState),
  constants(state) {
    const numbers = ranked(state as QuantileState);
    const value = constant(step, numbers.total, () => quantileOf(numbers, 0.5)) as { readonly value: number };
    return { ...value, rankErrorMax: numbers.rankErrorMax };
  },
});

const commonNumber = (step: Impute, lane: Lane): Learner => ({
  ...counting<number>(step, (a, b) => a - b),
  reads: [lane],
  add(state, lanes) {
    for (const it of lanes.numbers(lane))
      if (Number.isFinite(it)) addCount(state as CountState<number>, [it + 0, 1], limit(step));
  },
});

const commonText = (step: Impute, lane: Lane): Learner => ({
  ...counting<string>(step, byCodePoint),
  reads: [lane],
  add(state, lanes) {
    for (const it of lanes.texts(lane))
      if (it !== MISSING_TEXT) addCount(state as CountState<string>, [it, 1], limit(step));
  },
});

const counting = <V extends number | string>(step: Impute, compare: (a: V, b: V) => number) => ({
  empty: () => new Map<V, number>(),
  merge(state: unknown, other: unknown): void {
    for (const it of other as CountState<V>) addCount(state as CountState<V>, it, limit(step));
  },
  constants(state: unknown): Json {
    const [first] = mostFrequent(state as CountState<V>, compare);
    if (first === undefined) throw nothingToLearn(step.output, "all values of its input are missing");
    return { value: first[0] };
  },
});

const limit = ({ output }: Impute) => ({ output, differentMax: TRANSFORM_LIMITS.differentMax });

function constant({ output }: Impute, count: number, value: () => number): Json {
  if (count === 0) throw nothingToLearn(output, "all values of its input are missing");
  return { value: learned(output, value()) };
}
