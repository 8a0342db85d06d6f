import { invariant } from "@throughline/kernel";
import { type Cross, TRANSFORM_LIMITS } from "../definition.ts";
import { invalidDefinition } from "../errors.ts";
import { aList, aName, aWhole } from "../fields.ts";
import { expectTypes, type Lowered, onlyOutput, remainderOf, type StepKind } from "./step-kind.ts";

const INPUTS_MAX = 8;
/** Combinations up to which their numbers are exact in float64, with room for the hash. */
const COMBINATIONS_MAX = 2 ** 52;
/** The multiplier and modulus of Park and Miller's generator, so that neighbours do not fall into neighbouring buckets. */
const [MULTIPLIER, MODULUS] = [48_271, 2 ** 31 - 1];

export const cross: StepKind<Cross> = {
  fields: {
    inputs: aList(aName, 2, INPUTS_MAX),
    output: aName,
    buckets: { optional: aWhole(1, TRANSFORM_LIMITS.categoriesMax) },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["category"], report);
    return onlyOutput(step, "category");
  },
  lower({ output, buckets }, { inputs, build }) {
    const cardinality = inputs.reduce((product, it) => product * sizeOf(it), 1);
    if (cardinality > COMBINATIONS_MAX) {
      const description = `make ${cardinality} combinations, more than 2^52; cross fewer, or smaller ones`;
      throw invalidDefinition([{ path: `the inputs of ${output}`, description }]);
    }
    const [first, ...rest] = inputs;
    invariant(first !== undefined, "a cross has inputs");
    const lane = rest.reduce((sum, it) => build.add(build.multiply(sum, sizeOf(it)), it.lane), first.lane);
    if (buckets === undefined) return [{ type: "category", lane, cardinality, labelOf: (i) => combination(inputs, i) }];
    const mixed = remainderOf(build, build.multiply(remainderOf(build, lane, MODULUS), MULTIPLIER), MODULUS);
    const hashed = remainderOf(build, mixed, buckets);
    return [{ type: "category", lane: hashed, cardinality: buckets, labelOf: (i) => `hash ${i}` }];
  },
};

const sizeOf = ({ cardinality = 1 }: Lowered): number => cardinality;

/** The labels of a combination, from its number. */
function combination(inputs: readonly Lowered[], index: number): string {
  let rest = index;
  const labels = inputs.toReversed().map((it) => {
    const i = rest % sizeOf(it);
    rest = Math.floor(rest / sizeOf(it));
    return it.labelOf?.(i) ?? String(i);
  });
  return labels.toReversed().join(" & ");
}
