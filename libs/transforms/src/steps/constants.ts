import { nothingToLearn } from "../errors.ts";

/** A learned number: finite, and never -0, which JSON does not keep. Fails with TRANSFORMS_NOTHING_TO_LEARN. */
export function learned(output: string, value: number): number {
  if (!Number.isFinite(value)) throw nothingToLearn(output, "its input has no finite number in the training set");
  return value + 0;
}
