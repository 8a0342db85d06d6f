import type { GraphProto, TypeProto_Tensor, ValueInfoProto } from "@throughline/contracts/onnx/onnx_pb";
import type { Signature, TensorSpec } from "../domain/model.ts";
import { ELEMENT_TYPES } from "./element-type.ts";
import { constantNames } from "./graph.ts";
import { RANK_MAX, TENSORS_MAX } from "./limits.ts";
import { type Problems, quoted } from "./problems.ts";

/** Any size is taken. */
const ANY = -1;

/** Reads what the graph takes and gives. Inputs with a constant behind them have a default, and are left out. */
export function readSignature(graph: GraphProto, problems: Problems): Signature {
  const constants = new Set(constantNames(graph));
  const inputs = graph.input.flatMap((it, i) => (constants.has(it.name) ? [] : [[it, `graph.input[${i}]`] as const]));
  const outputs = graph.output.map((it, i) => [it, `graph.output[${i}]`] as const);
  return { inputs: tensors("input", inputs, problems), outputs: tensors("output", outputs, problems) };
}

function tensors(
  side: "input" | "output",
  values: readonly (readonly [ValueInfoProto, string])[],
  problems: Problems,
): readonly TensorSpec[] {
  if (values.length === 0) problems.add(`graph.${side}`, `the model has no ${side}`);
  if (values.length > TENSORS_MAX) {
    problems.add(`graph.${side}`, `the model has ${values.length} ${side}s; at most ${TENSORS_MAX} are accepted`);
    return [];
  }
  return values.flatMap(([value, path]) => tensor(value, path, problems) ?? []);
}

function tensor(value: ValueInfoProto, path: string, problems: Problems): TensorSpec | undefined {
  if (value.name === "" || value.name.length > 255) {
    problems.add(`${path}.name`, "the name is empty or longer than 255 characters");
    return undefined;
  }
  const type = value.type?.value;
  if (type?.case !== "tensorType") {
    problems.add(`${path}.type`, notATensor(value.name, type?.case));
    return undefined;
  }
  const datatype = ELEMENT_TYPES.get(type.value.elemType)?.datatype;
  if (datatype === undefined) {
    problems.add(`${path}.type`, `elements of type ${type.value.elemType} cannot be sent in requests`);
    return undefined;
  }
  const shape = shapeOf(type.value, path, problems);
  return shape && { name: value.name, datatype, shape };
}

function notATensor(name: string, kind: string | undefined): string {
  if (kind === undefined) return `${quoted(name)} has no type, or one that is not a tensor`;
  const what = kind === "mapType" ? "a map" : "a sequence";
  return `${quoted(name)} is ${what}, not a tensor. Export the model with zipmap=False (skl2onnx: options={id(model): {"zipmap": False}}), so that probabilities are a tensor`;
}

function shapeOf({ shape }: TypeProto_Tensor, path: string, problems: Problems): readonly number[] | undefined {
  if (!shape) {
    problems.add(
      `${path}.type`,
      "it has no shape. Export the model with the number of dimensions of each input and output",
    );
    return undefined;
  }
  if (shape.dim.length > RANK_MAX) {
    problems.add(`${path}.type`, `it has ${shape.dim.length} dimensions; at most ${RANK_MAX} are accepted`);
    return undefined;
  }
  const sizes = shape.dim.map((it) => (it.value.case === "dimValue" ? Number(it.value.value) : ANY));
  // Some exporters write -1 where any size is taken.
  const wrong = sizes.findIndex((it) => it < ANY || it > Number.MAX_SAFE_INTEGER);
  if (wrong < 0) return sizes;
  problems.add(`${path}.type.shape.dim[${wrong}]`, `a dimension of ${sizes[wrong]} is not possible`);
  return undefined;
}
