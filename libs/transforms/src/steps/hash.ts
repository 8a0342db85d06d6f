import { MISSING_TEXT } from "../column.ts";
import { type Hash, TRANSFORM_LIMITS } from "../definition.ts";
import { HASH_PRIME } from "../evaluate/wholes.ts";
import { aName, aWhole } from "../fields.ts";
import { murmur3 } from "../murmur3.ts";
import type { Lane, ProgramBuilder, WholeFactors } from "../program.ts";
import { expectTypes, onlyInput, onlyOutput, remainderOf, type StepKind } from "./step-kind.ts";

const SEED_MAX = 2 ** 31 - 1;

export const hash: StepKind<Hash> = {
  fields: {
    input: aName,
    output: aName,
    buckets: aWhole(1, TRANSFORM_LIMITS.categoriesMax - 1),
    seed: { optional: aWhole(0, SEED_MAX) },
  },
  outputs(step, inputs, report) {
    expectTypes(inputs, ["text", "whole"], report);
    return onlyOutput(step, "category");
  },
  lower({ buckets, seed = 0 }, { inputs, build }) {
    const input = onlyInput(inputs);
    const { lane } = input;
    const missing =
      lane.kind === "whole" ? build.wholeMissing(lane) : build.atLeast(build.textPosition(lane, [MISSING_TEXT]), 0);
    return [
      {
        type: "category",
        lane: build.select(missing, buckets, hashed(build, lane, { buckets, seed })),
        cardinality: buckets + 1,
        labelOf: (i) => (i === buckets ? "missing" : `hash ${i}`),
      },
    ];
  },
};

/** The bucket of a text or whole number. */
export const hashed = (
  build: ProgramBuilder,
  of: Lane,
  { buckets, seed }: { readonly buckets: number; readonly seed: number },
): Lane =>
  of.kind === "whole"
    ? build.wholeHash(of, buckets, factorsOf(seed))
    : remainderOf(build, build.textHash(of, seed), buckets);

/** A function of the family for each seed. */
function factorsOf(seed: number): WholeFactors {
  const drawn = (name: string): bigint => BigInt(murmur3(new TextEncoder().encode(name), seed)) % (HASH_PRIME - 1n);
  return { low: drawn("low") + 1n, high: drawn("high") + 1n, added: drawn("added") };
}
