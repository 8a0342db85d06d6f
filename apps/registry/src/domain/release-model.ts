import type { FieldViolation } from "@throughline/kernel";
import type { Signature, TensorSpec } from "./model.ts";
import type { ModelNode } from "./release.ts";

/** What a node of a release was found to be: the node with everything filled in, and all that is wrong with it. */
export interface CheckedNode {
  readonly node: ModelNode;
  readonly violations: readonly FieldViolation[];
}

/** Types of which a score can be. */
const SCORES = new Set([
  "FP64",
  "FP32",
  "FP16",
  "INT64",
  "INT32",
  "INT16",
  "INT8",
  "UINT64",
  "UINT32",
  "UINT16",
  "UINT8",
]);

/**
 * Checks that a node fits its model: the feature vector goes into one FP32 tensor of the right width, and the score is
 * there to be taken. Names of tensors that are left out are filled in where the model has only one.
 *
 * `features` are the values of the vector; undefined if requests bring the tensor themselves. A model may also take a tensor for
 * each raw column, by name, instead of a vector: then no input tensor is named.
 */
export function checkModelNode(
  node: ModelNode,
  signature: Signature,
  { path, features }: { readonly path: string; readonly features: readonly string[] | undefined },
): CheckedNode {
  const { inputs, outputs } = signature;
  const output = chosen(outputs, node.outputTensor);
  const takesColumns = node.inputTensor === "" && (inputs.length > 1 || inputs[0]?.datatype !== "FP32");
  const input = takesColumns ? undefined : chosen(inputs, node.inputTensor);
  const filled: ModelNode = {
    inputTensor: input?.name ?? node.inputTensor,
    outputTensor: output?.name ?? node.outputTensor,
    outputColumn: node.outputColumn,
  };
  const violations: FieldViolation[] = [
    ...(takesColumns
      ? columnProblems(inputs, features)
      : vectorProblems(node.inputTensor, { input, inputs, featureCount: features?.length })
    ).map((it) => ({
      path: `${path}.input_tensor`,
      description: it,
    })),
    ...(output
      ? outputProblems(output, node.outputColumn).map((it) => ({ ...it, path: `${path}.${it.path}` }))
      : [{ path: `${path}.output_tensor`, description: unknownTensor(node.outputTensor, outputs) }]),
  ];
  return { node: filled, violations };
}

const chosen = (tensors: readonly TensorSpec[], name: string): TensorSpec | undefined =>
  name === "" && tensors.length === 1 ? tensors[0] : tensors.find((it) => it.name === name);

const unknownTensor = (name: string, tensors: readonly TensorSpec[]): string =>
  `${name === "" ? "no tensor is named" : `the model has no tensor ${name}`}; it has ${tensors.map((it) => it.name).join(", ")}`;

/** Types of tensors that can have a raw column. */
const COLUMNS = new Set(["FP64", "FP32", "INT64", "BYTES"]);

function columnProblems(inputs: readonly TensorSpec[], features: readonly string[] | undefined): readonly string[] {
  if (!features) return [];
  return inputs.flatMap(({ name, datatype, shape }) => {
    const [rows, width] = shape;
    const isColumn = shape.length === 2 && (rows === -1 || rows === 1) && (width === -1 || width === 1);
    return [
      ...(features.includes(name) ? [] : [`the model needs ${name}, which is no feature of the feature service`]),
      ...(COLUMNS.has(datatype) ? [] : [`${name} takes ${datatype}; a feature is one of ${[...COLUMNS].join(", ")}`]),
      ...(isColumn ? [] : [`${name} has the shape [${shape.join(", ")}]; a feature by itself is [1, 1]`]),
    ];
  });
}

interface Vector {
  readonly input: TensorSpec | undefined;
  readonly inputs: readonly TensorSpec[];
  readonly featureCount: number | undefined;
}

const vectorProblems = (name: string, { input, inputs, featureCount }: Vector): readonly string[] =>
  input ? inputProblems(input, inputs, featureCount) : [unknownTensor(name, inputs)];

function inputProblems(
  input: TensorSpec,
  inputs: readonly TensorSpec[],
  featureCount: number | undefined,
): readonly string[] {
  const problems: string[] = [];
  const others = inputs.filter((it) => it !== input).map((it) => it.name);
  if (others.length > 0) problems.push(`the model also needs ${others.join(", ")}, which nothing gives`);
  if (input.datatype !== "FP32") problems.push(`${input.name} takes ${input.datatype}; the feature vector is FP32`);
  const [rows, width] = input.shape;
  if (input.shape.length !== 2) {
    problems.push(`${input.name} has ${input.shape.length} dimension(s); the feature vector is a row of a matrix`);
    return problems;
  }
  if (rows !== -1 && rows !== 1) problems.push(`${input.name} takes exactly ${rows} rows; one row must be enough`);
  if (featureCount !== undefined && width !== -1 && width !== featureCount)
    problems.push(`${input.name} takes ${width} values a row; the feature service gives ${featureCount}`);
  return problems;
}

function outputProblems({ name, datatype, shape }: TensorSpec, column: number): readonly FieldViolation[] {
  const problems: FieldViolation[] = [];
  const add = (path: string, description: string): void => void problems.push({ path, description });
  if (!SCORES.has(datatype)) add("output_tensor", `${name} has ${datatype}, which is no score`);
  if (shape.length < 1 || shape.length > 2)
    add(
      "output_tensor",
      `${name} has ${shape.length} dimension(s); a score is in a list or a matrix with one row a request`,
    );
  const width = shape.length === 1 ? 1 : (shape[1] ?? -1);
  if (column < 0 || (width !== -1 && column >= width))
    add("output_column", `${name} has ${width} column(s), counted from 0; there is no column ${column}`);
  return problems;
}
