import type { ColumnType } from "../column.ts";
import type { Operation } from "../program.ts";
import type { ReadyTransforms } from "../transforms.ts";
import { ELEMENT, type ElementName, type OnnxNode, type OnnxTensor, type OnnxValue } from "./messages.ts";
import { type OnnxGraph, onnxOperators } from "./operators.ts";

/** All values that transforms make have names that begin so. */
export const VALUE_PREFIX = "throughline.transforms/";

/** The operators and constants of transforms, before they are put into a file. */
export interface OnnxParts {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  /** The raw columns, one tensor each: one element in each row. */
  readonly inputs: readonly OnnxValue[];
  /** The values of the outputs, in their order. */
  readonly outputs: readonly (OnnxValue & { readonly output: string })[];
  readonly needs: OnnxNeeds;
}

/** What the operators ask of the one that runs them. */
export interface OnnxNeeds {
  /** The oldest version of the standard operators that has all of them. */
  readonly opset: number;
  /** Whether operators of `ai.onnx.ml`, version 2 or later, are used. */
  readonly isMl: boolean;
  /** Whether operators are used that onnxruntime has and the standard has not: hashes of texts, n-grams of characters. */
  readonly isRuntimeOnly: boolean;
}

const ELEMENTS: Readonly<Record<ColumnType, ElementName>> = {
  float64: "float64",
  float32: "float32",
  int64: "int64",
  boolean: "int64",
  timestamp: "int64",
  string: "text",
};

/** The operator set in which reductions and squeezes take their axes as inputs. */
const OPSET_MIN = 13;
/** The one in which texts can be split. */
const OPSET_OF_SPLIT = 20;

/** Compiles transforms: the same operations as `applyTransforms`, as operators. */
export function onnxParts({ inputs, outputs, operations, needed }: ReadyTransforms): OnnxParts {
  const nodes: OnnxNode[] = [];
  const constants = constantPool();
  const lanes = new Map<number, string>();
  let made = 0;
  const graph: OnnxGraph = {
    lane: (id) => lanes.get(id) as string,
    column: (name) => name,
    constant: constants.name,
    put(operator, from, { attributes, domain, ignored = 0 } = {}) {
      const name = `${VALUE_PREFIX}${made++}`;
      // An output without a name is not made.
      const results = [name, ...Array.from({ length: ignored }, () => `${VALUE_PREFIX}${made++}`)];
      nodes.push({
        operator,
        inputs: from,
        outputs: results,
        ...(attributes && { attributes }),
        ...(domain && { domain }),
      });
      return name;
    },
  };
  for (const id of needed) lanes.set(id, onnxOperators(operations[id] as Operation, graph));
  const results = outputs.map(({ name, type, width, lane }) => {
    const attributes = { to: BigInt(ELEMENT[type]) };
    return { name: graph.put("Cast", [graph.lane(lane.id)], { attributes }), type, width, output: name };
  });
  return {
    nodes,
    constants: constants.all(),
    inputs: inputs.map(({ name, type }) => ({ name, type: ELEMENTS[type], width: 1 })),
    outputs: results,
    needs: {
      opset: nodes.some((it) => it.operator === "StringSplit") ? OPSET_OF_SPLIT : OPSET_MIN,
      isMl: nodes.some((it) => it.domain === "ai.onnx.ml"),
      isRuntimeOnly: nodes.some((it) => it.domain === "com.microsoft"),
    },
  };
}

/** Constants, each kept once. */
function constantPool() {
  const known = new Map<string, OnnxTensor>();
  return {
    all: (): readonly OnnxTensor[] => [...known.values()],
    name(tensor: Parameters<OnnxGraph["constant"]>[0]): string {
      const key = JSON.stringify([tensor.type, tensor.dims, Array.from(tensor.values, keyOf)]);
      const name = known.get(key)?.name ?? `${VALUE_PREFIX}constant/${known.size}`;
      if (!known.has(key)) known.set(key, { ...tensor, name } as OnnxTensor);
      return name;
    },
  };
}

/** Distinguishes what JSON does not: NaN, infinities and -0. */
const keyOf = (value: number | bigint | string): string => (Object.is(value, -0) ? "-0" : String(value));
