import type { KeyBinding } from "@throughline/graphs";
import type { FeatureValue } from "@throughline/kernel";
import type { BoundFeatures, Feature } from "../../features.ts";
import { gather, valueByName } from "../inputs.ts";
import { featuresOutput, MISSING } from "../output.ts";
import type { GraphStep } from "../run.ts";

/**
 * Looks up features as of the request's instant. What is not bound is the request's entity field of its name. A key that a column has
 * no value for finds nothing, hence missing features.
 */
export function enrichRun(enrich: {
  readonly inputs: readonly string[];
  readonly keys: readonly KeyBinding[];
  readonly names: readonly string[];
  readonly features: BoundFeatures;
}): GraphStep["run"] {
  const { inputs, keys, names, features } = enrich;
  return async (scope) => {
    const gathered = await gather(scope, inputs);
    const { entity, asOfNs } = scope.row;
    const bound = keys.map(({ key, requestField, column }): readonly [string, FeatureValue] => [
      key,
      (column === undefined ? entity[requestField ?? key] : valueByName(gathered, column)) ?? null,
    ]);
    const isUnknown = keys.some(({ column }, i) => column !== undefined && bound[i]?.[1] === null);
    const row: readonly Feature[] = isUnknown
      ? names.map(() => MISSING)
      : await features.fetch({ entity: { ...entity, ...Object.fromEntries(bound) }, asOfNs }, scope.call);
    scope.looksUp(row);
    return featuresOutput(new Map(names.map((name, i) => [name, row[i] ?? MISSING])));
  };
}
