import { invariant } from "@throughline/kernel";
import type { Combine } from "../definition.ts";
import { aList, aName, oneOf } from "../fields.ts";
import type { Lane, ProgramBuilder } from "../program.ts";
import { asNumber, expectTypes, type Lowered, onlyOutput, type StepKind } from "./step-kind.ts";

const SECOND_NS = 1_000_000_000;

export const combine: StepKind<Combine> = {
  fields: {
    operation: oneOf("add", "subtract", "multiply", "divide"),
    inputs: aList(aName, 2, 2),
    output: aName,
  },
  outputs(step, inputs, report) {
    const isSpan = step.operation === "subtract" && inputs.every((it) => it === "timestamp");
    if (!isSpan) expectTypes(inputs, ["number", "whole"], report);
    return onlyOutput(step, "number");
  },
  lower({ operation }, { inputs, build }) {
    const [first, second] = inputs;
    invariant(first !== undefined && second !== undefined, "two columns are combined");
    if (first.type === "timestamp") return [{ type: "number", lane: secondsBetween(build, first, second) }];
    const [a, b] = [asNumber(build, first), asNumber(build, second)];
    return [{ type: "number", lane: operation === "divide" ? quotient(build, a, b) : build[operation](a, b) }];
  },
};

/** NaN is neither below 0 nor above. The quotient is what is left over, where the runtime keeps -0 what it is. */
function quotient(build: ProgramBuilder, a: Lane, b: Lane): Lane {
  const divides = build.select(build.less(b, 0), 1, build.select(build.less(0, b), 1, 0));
  return build.select(build.less(divides, 1), Number.NaN, build.divide(a, b));
}

/** Whole seconds and the rest one by one: nanoseconds since 1970 have more digits than a float64. */
function secondsBetween(build: ProgramBuilder, to: Lowered, from: Lowered): Lane {
  const by = BigInt(SECOND_NS);
  const [seconds, rests] = (["quotient", "remainder"] as const).map((part) => {
    const [a, b] = [to, from].map(({ lane }) => build.wholeNumber(build[part](lane, by)));
    invariant(a !== undefined && b !== undefined, "a span has two ends");
    return build.subtract(a, b);
  });
  invariant(seconds !== undefined && rests !== undefined, "a span has seconds and a rest");
  const span = build.add(seconds, build.divide(rests, SECOND_NS));
  const known = build.select(build.wholeMissing(to.lane), Number.NaN, span);
  return build.select(build.wholeMissing(from.lane), Number.NaN, known);
}
