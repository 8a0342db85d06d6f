import type { Digest, Json } from "@throughline/kernel";
import type { CheckedTransforms } from "./check.ts";
import { invalidConstants } from "./errors.ts";
import { aText, aWhole, checkFields, type Fields } from "./fields.ts";
import { kindOf } from "./steps/kinds.ts";

/**
 * What was learned from a training set: plain JSON, to be kept in the release beside the definition. Numbers are written in
 * full, so that reading them back gives the same bits.
 */
export interface TransformConstants {
  /** The digest of the definition that they belong to. */
  readonly definition: Digest;
  /** Rows that they were learned from, in each pass; 0 if there was nothing to learn. */
  readonly rows: number;
  /** By the output of the step. */
  readonly steps: Readonly<Record<string, Json>>;
}

/** The constants that depend on no data: where learning begins. */
export function fixedConstants({ digest, steps }: CheckedTransforms): TransformConstants {
  const fixed = steps.flatMap((step) => {
    const constants = kindOf(step).fixed?.(step);
    return constants === undefined ? [] : [[step.output, constants] as const];
  });
  return { definition: digest, rows: 0, steps: Object.fromEntries(fixed) };
}

const CONSTANTS: Fields = {
  definition: aText,
  rows: aWhole(0, Number.MAX_SAFE_INTEGER),
  steps: (it) => (typeof it === "object" && it !== null && !Array.isArray(it) ? undefined : "has to be an object"),
};

/**
 * Checks constants, as they came from JSON; some may still be missing. Fails with TRANSFORMS_CONSTANTS_INVALID for those of
 * another definition too.
 */
export function checkConstants({ digest, steps }: CheckedTransforms, given: unknown): TransformConstants {
  const within = (path: string) => (field: string, problem: string) => {
    throw invalidConstants([path, field].filter((it) => it !== "").join(".") || "the whole", problem);
  };
  checkFields(given, CONSTANTS, within(""));
  const constants = given as TransformConstants;
  if (constants.definition !== digest)
    throw invalidConstants("definition", `is ${constants.definition}, and the definition has the digest ${digest}`);
  for (const step of steps) {
    const fields = kindOf(step).constants;
    if (fields !== undefined && Object.hasOwn(constants.steps, step.output))
      checkFields(constants.steps[step.output], fields, within(step.output));
  }
  return constants;
}
