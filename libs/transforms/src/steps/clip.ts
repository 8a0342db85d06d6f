import type { Clip } from "../definition.ts";
import { aName, aNumber } from "../fields.ts";
import { asNumber, expectTypes, onlyInput, onlyOutput, type StepKind } from "./step-kind.ts";

export const clip: StepKind<Clip> = {
  fields: { input: aName, output: aName, min: { optional: aNumber }, max: { optional: aNumber } },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["number", "whole"], report);
    if (step.min === undefined && step.max === undefined) report("min", "is missing, and max too; name one of them");
    if (step.min !== undefined && step.max !== undefined && step.min > step.max) report("min", "is greater than max");
    return onlyOutput(step, "number");
  },
  lower({ min, max }, { inputs, build }) {
    const input = onlyInput(inputs);
    let lane = asNumber(build, input);
    if (min !== undefined) lane = build.select(build.less(lane, min), min + 0, lane);
    if (max !== undefined) lane = build.select(build.less(max, lane), max + 0, lane);
    return [{ type: "number", lane }];
  },
};
