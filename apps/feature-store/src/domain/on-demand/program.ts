import type { Values } from "@throughline/expressions";
import type { FeatureValue } from "@throughline/kernel";
import { featureName } from "../view-selection.ts";
import { type AnyExpression, compiled, type InputTypes, type OutputType } from "./expressions.ts";
import type { OnDemandView } from "./on-demand-view.ts";

/** An output of an on-demand view, ready to be computed. */
export interface BoundOutput {
  /** Among the features of a service: `{view}__{output}`. */
  readonly name: string;
  readonly type: OutputType;
  readonly view: OnDemandView;
  readonly expression: AnyExpression;
}

/** The selected outputs of an on-demand view, compiled. `types` has what they may read. */
export const boundOutputs = (
  view: OnDemandView,
  features: readonly string[],
  types: InputTypes,
): readonly BoundOutput[] =>
  features.flatMap((feature) => {
    const output = view.outputs.find((it) => it.name === feature);
    if (!output) return [];
    return [{ name: featureName(view.id, feature), type: output.type, view, expression: compiled(output, types) }];
  });

/** Values of inputs by their names. */
export type InputValues = Readonly<Record<string, FeatureValue>>;

/** A value as it is on the wire and in digests, where zero has no sign: what is divided by it would tell them apart. */
export const unsigned = (value: FeatureValue | undefined): FeatureValue => (value === 0 ? 0 : (value ?? null));

/** The value of an output, of `unsigned` inputs: the one function behind training sets and answers. Null where there is none; never throws. */
export const outputValue = ({ expression }: BoundOutput, inputs: InputValues): FeatureValue =>
  unsigned(expression.evaluate(inputs as Values));

/** Whether there is a value to speak of. */
export type OutputStatus = "present" | "missing" | "stale";

/** The status of an output by those of the inputs that its expression names. A null of inputs that are all there is PRESENT. */
export function outputStatus(value: FeatureValue, inputs: readonly OutputStatus[]): OutputStatus {
  if (value !== null) return "present";
  return inputs.includes("missing") ? "missing" : inputs.includes("stale") ? "stale" : "present";
}

/** Parts of the expressions of some outputs: the steps that they take for one row at most. */
export const costOf = (outputs: readonly BoundOutput[]): number =>
  outputs.reduce((sum, it) => sum + it.expression.cost, 0);
