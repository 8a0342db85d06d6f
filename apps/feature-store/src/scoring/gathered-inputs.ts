import type { FeatureValue } from "@throughline/kernel";
import { MISSING_TEXT, MISSING_WHOLE } from "@throughline/transforms";
import { Tensor } from "onnxruntime-node";
import type { ElementType, ModelUse } from "../domain/necessity/model-use.ts";

/** The tensors of some rows: `at(feature)` has, for each feature, the row that each value is taken from. */
export type Gather = (at: ReadonlyMap<string, Uint32Array>, rows: Rows) => Readonly<Record<string, Tensor>>;

/** Rows `from` (inclusive) to `to` (exclusive) of what is gathered. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/**
 * What a model takes, made of the values of features as serving makes it: missing numbers are NaN, missing whole numbers and texts what
 * libs/transforms has for them.
 */
export function gatherInputs(
  { inputs }: Pick<ModelUse, "inputs">,
  features: readonly string[],
  values: ReadonlyMap<string, readonly FeatureValue[]>,
): Gather {
  const valuesOf = (name: string): readonly FeatureValue[] => values.get(name) ?? [];
  if (inputs.kind === "vector") {
    const columns = features.map((name) => ({ name, elements: Float32Array.from(valuesOf(name), numberOf) }));
    return (at, { from, to }) => {
      const data = new Float32Array((to - from) * columns.length);
      columns.forEach(({ name, elements }, f) => {
        const places = at.get(name);
        for (let row = from; row < to; row++)
          data[(row - from) * columns.length + f] = elements[places?.[row] ?? row] ?? Number.NaN;
      });
      return { [inputs.tensor]: new Tensor("float32", data, [to - from, columns.length]) };
    };
  }
  const columns = inputs.tensors.map((it) => ({ ...it, elements: elementsOf(it.type, valuesOf(it.name)) }));
  return (at, { from, to }) =>
    Object.fromEntries(
      columns.map(({ name, elements, rank }) => {
        const places = Array.from({ length: to - from }, (_, i) => at.get(name)?.[from + i] ?? from + i);
        return [name, elements.taken(places, rank === 1 ? [to - from] : [to - from, 1])];
      }),
    );
}

/** Elements of one tensor, from which some are taken into a tensor of their own. */
interface Elements {
  taken(places: readonly number[], shape: readonly number[]): Tensor;
}

function elementsOf(type: ElementType, values: readonly FeatureValue[]): Elements {
  switch (type) {
    case "FP32": {
      const all = Float32Array.from(values, numberOf);
      return {
        taken: (at, shape) =>
          new Tensor(
            "float32",
            Float32Array.from(at, (it) => all[it] ?? Number.NaN),
            shape,
          ),
      };
    }
    case "FP64": {
      const all = Float64Array.from(values, numberOf);
      return {
        taken: (at, shape) =>
          new Tensor(
            "float64",
            Float64Array.from(at, (it) => all[it] ?? Number.NaN),
            shape,
          ),
      };
    }
    case "INT64": {
      const all = BigInt64Array.from(values, wholeOf);
      return {
        taken: (at, shape) =>
          new Tensor(
            "int64",
            BigInt64Array.from(at, (it) => all[it] ?? MISSING_WHOLE),
            shape,
          ),
      };
    }
    case "BYTES":
      return {
        taken: (at, shape) =>
          new Tensor(
            "string",
            at.map((it) => textOf(values[it] ?? null)),
            shape,
          ),
      };
  }
}

const numberOf = (value: FeatureValue): number => (value === null ? Number.NaN : Number(value));

function wholeOf(value: FeatureValue): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return BigInt(value);
  return typeof value === "object" && value !== null && "ns" in value ? value.ns : MISSING_WHOLE;
}

const textOf = (value: FeatureValue): string => (typeof value === "string" ? value : MISSING_TEXT);
