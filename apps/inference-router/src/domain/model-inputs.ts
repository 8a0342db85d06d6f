import type { FeatureValue } from "@throughline/kernel";
import { MISSING_TEXT, MISSING_WHOLE } from "@throughline/transforms";
import { featuresChanged } from "./errors.ts";
import { numberOf } from "./features.ts";
import { concatRows, fp32Row, type Signature, type Tensor, type TensorSpec } from "./tensor.ts";

/** A model, and how a release feeds it. */
export interface ModelFeed {
  /** Name of the release, for messages. */
  readonly release: string;
  /** Empty: the model takes each value in a tensor of its own, under its name: raw columns, for transforms in front. */
  readonly inputTensor: string;
  readonly signature: Signature;
}

/** Values with their names, in the order of the model's vector. */
export interface NamedRow {
  readonly names: readonly string[];
  readonly values: readonly FeatureValue[];
}

/**
 * What a model takes for one row: one tensor with all values as FP32, or one for each input, as libs/transforms carries raw columns.
 * Fails with FEATURES_CHANGED for values that the model cannot take.
 */
export function modelInputs(
  { release, inputTensor, signature }: ModelFeed,
  { names, values }: NamedRow,
): readonly Tensor[] {
  if (inputTensor === "") {
    return signature.inputs.map((it) => columnOf(release, it, values[names.indexOf(it.name)] ?? null));
  }
  const numbers = values.map((it, i) =>
    // Most are numbers, for which no place in messages is made.
    typeof it === "number" ? it : numberOf(it, { release, feature: names[i] ?? String(i) }),
  );
  return [fp32Row(inputTensor, numbers)];
}

/** The same for several rows, one behind the other in each tensor. */
export function modelInputsOfRows(
  feed: ModelFeed,
  names: readonly string[],
  rows: readonly (readonly FeatureValue[])[],
): readonly Tensor[] {
  const [first = [], ...others] = rows.map((values) => modelInputs(feed, { names, values }));
  return first.map((it, i) => concatRows([it, ...others.map((row) => row[i] as Tensor)]));
}

function columnOf(release: string, { name, datatype }: TensorSpec, value: FeatureValue): Tensor {
  return { name, datatype, shape: [1, 1], bytes: bytesOf(release, { name, datatype }, value) };
}

function bytesOf(
  release: string,
  { name, datatype }: Pick<TensorSpec, "name" | "datatype">,
  value: FeatureValue,
): Uint8Array {
  if (datatype === "FP64" || datatype === "FP32") {
    const number = numberOf(value, { release, feature: name });
    return new Uint8Array((datatype === "FP64" ? Float64Array.of(number) : Float32Array.of(number)).buffer);
  }
  if (datatype === "INT64") {
    const whole = wholeOf(value);
    if (whole !== undefined) return new Uint8Array(BigInt64Array.of(whole).buffer);
  } else if (datatype === "BYTES" && (value === null || typeof value === "string")) {
    const text = Buffer.from(value ?? MISSING_TEXT, "utf8");
    const bytes = Buffer.alloc(4 + text.byteLength);
    bytes.writeUInt32LE(text.byteLength);
    bytes.set(text, 4);
    return bytes;
  }
  throw featuresChanged(release, `the feature ${name} is no ${datatype}`);
}

function wholeOf(value: FeatureValue): bigint | undefined {
  if (value === null) return MISSING_WHOLE;
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return BigInt(value);
  return typeof value === "object" && "ns" in value ? value.ns : undefined;
}
