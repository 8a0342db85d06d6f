import type { Finding } from "./gate.ts";
import type { VersionFacts } from "./metric-seen.ts";
import type { Signature, TensorSpec } from "./model.ts";

/**
 * Whether those who call the baseline can call the version as they do: it takes every input that the baseline takes and no
 * other, and gives every output that the baseline gives.
 */
export function judgeSchema({
  candidate,
  baseline,
}: {
  readonly candidate: VersionFacts;
  readonly baseline?: VersionFacts | undefined;
}): Finding {
  const own = candidate.version.signature;
  if (!own)
    return {
      state: "NOT_MEASURED",
      sentence: `${candidate.version.name} is opaque, so that what it takes and gives is not known. Export it to ONNX.`,
    };
  if (!baseline) return { state: "MISSING_BASELINE", sentence: "There is no baseline to compare the signature with." };
  const before = baseline.version.signature;
  if (!before)
    return {
      state: "MISSING_BASELINE",
      sentence: `${baseline.version.name} is opaque, so that what its callers send is not known.`,
    };
  const problems = incompatibilities(own, before);
  return {
    state: problems.length === 0 ? "MET" : "UNMET",
    value: problems.length,
    bound: 0,
    sentence:
      problems.length === 0
        ? `Whoever calls ${baseline.version.name} can call ${candidate.version.name}.`
        : `Callers of ${baseline.version.name} cannot call ${candidate.version.name}: ${problems.join("; ")}.`,
  };
}

/** Why callers of `before` cannot call `after`, in words. */
export const incompatibilities = (after: Signature, before: Signature): readonly string[] => [
  ...before.inputs.flatMap((it) => takes(after.inputs, it)),
  ...after.inputs
    .filter((it) => !before.inputs.some((known) => known.name === it.name))
    .map((it) => `input ${it.name} is new, and nobody sends it`),
  ...before.outputs.flatMap((it) => gives(after.outputs, it)),
];

function takes(inputs: readonly TensorSpec[], sent: TensorSpec): readonly string[] {
  const input = inputs.find((it) => it.name === sent.name);
  if (!input) return [`input ${sent.name} is gone`];
  if (input.datatype !== sent.datatype) return [`input ${sent.name} takes ${input.datatype}, not ${sent.datatype}`];
  return covers(input.shape, sent.shape) ? [] : [`input ${sent.name} takes ${sized(input)}, not ${sized(sent)}`];
}

function gives(outputs: readonly TensorSpec[], read: TensorSpec): readonly string[] {
  const output = outputs.find((it) => it.name === read.name);
  if (!output) return [`output ${read.name} is gone`];
  if (output.datatype !== read.datatype) return [`output ${read.name} gives ${output.datatype}, not ${read.datatype}`];
  return covers(read.shape, output.shape) ? [] : [`output ${read.name} gives ${sized(output)}, not ${sized(read)}`];
}

/** Whether everything of the shape `narrow` is also of the shape `wide`. */
const covers = (wide: readonly number[], narrow: readonly number[]): boolean =>
  wide.length === narrow.length && wide.every((size, i) => size === -1 || size === narrow[i]);

const sized = ({ shape }: TensorSpec): string => `[${shape.map((it) => (it === -1 ? "any" : it)).join(", ")}]`;
