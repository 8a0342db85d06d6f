import type { ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import type { FeatureValue } from "@throughline/kernel";
import type { GivenField } from "../domain/infer.ts";

/** The fields that a request with tensors has in its parameters, such as the deployment's sticky key. An empty text is none. */
export const givenField =
  (parameters: ModelInferRequest["parameters"]): GivenField =>
  (name) => {
    if (!Object.hasOwn(parameters, name)) return undefined;
    const value = parameters[name]?.parameterChoice.value;
    return value === undefined || value === "" ? undefined : featureValue(value);
  };

/** A whole number beyond 63 bits has no canonical bytes of its own. */
const featureValue = (value: Exclude<FeatureValue, null | object>): FeatureValue =>
  typeof value === "bigint" && BigInt.asIntN(64, value) !== value ? String(value) : value;
