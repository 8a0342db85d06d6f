import type { Signature, TensorSpec } from "./facts.ts";
import type { AnomalyModelMethod, ModelNode } from "./graph.ts";
import { type CheckedKind, type Input, inputsOf, type NodeCheck, namedColumns, refuseSoft } from "./node-check.ts";
import { type Column, isNumeric, type OutputType, scores } from "./node-output.ts";

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
 * Checks that a node fits its model: what the node reads goes into one FP32 tensor of the right width, or each column by its name into
 * a tensor of its own, and the scores are there to be taken. Names of tensors that are left out are filled in where there is only one.
 */
export function checkModel(check: NodeCheck, node: ModelNode): CheckedKind<"model"> {
  const signature = signatureOf(check);
  if (!signature) return { filled: node, output: undefined };
  const columns = node.outputColumns ?? [];
  if (columns.length > 0 && node.outputColumn !== 0)
    check.add("model.output_column", "it must be left out, as output_columns says which are taken");
  const tensors = checkTensors(check, { node, field: "model", signature, columns });
  return { filled: { ...node, ...tensors }, output: scores(Math.max(1, columns.length)) };
}

/** The same for the model of an outlier gate. */
export function checkAnomalyModel(
  check: NodeCheck,
  method: AnomalyModelMethod,
  inputs: readonly string[],
): AnomalyModelMethod {
  const signature = signatureOf(check);
  if (!signature) return method;
  const node: ModelNode = { ...method, inputs };
  const { inputTensor, outputTensor } = checkTensors(check, { node, field: "outlier_gate", signature, columns: [] });
  return { ...method, inputTensor, outputTensor };
}

const signatureOf = ({ facts, name }: NodeCheck): Signature | undefined =>
  Object.hasOwn(facts.models, name) ? facts.models[name] : undefined;

interface Fit {
  readonly node: ModelNode;
  /** `model` or `outlier_gate`. */
  readonly field: string;
  readonly signature: Signature;
  readonly columns: readonly number[];
}

function checkTensors(check: NodeCheck, { node, field, signature, columns }: Fit) {
  const { inputs, outputs } = signature;
  const method = field === "model" ? field : `${field}.model`;
  const output = chosen(outputs, node.outputTensor);
  const takesColumns = node.inputTensor === "" && (inputs.length > 1 || inputs[0]?.datatype !== "FP32");
  const input = takesColumns ? undefined : chosen(inputs, node.inputTensor);
  const read = readBy(check, node, `${field}.inputs`);
  for (const it of takesColumns
    ? columnProblems(inputs, read && { ...read, columns: namedColumns(check, read.inputs) })
    : vectorProblems(node.inputTensor, { input, inputs, read }))
    check.add(`${method}.input_tensor`, it);
  if (!output) check.add(`${method}.output_tensor`, unknownTensor(node.outputTensor, outputs));
  else {
    for (const it of outputProblems(output)) check.add(`${method}.output_tensor`, it);
    if (columns.length === 0) checkColumn(check, output, [`${method}.output_column`, node.outputColumn]);
    for (const [i, column] of columns.entries()) checkColumn(check, output, [`${method}.output_columns[${i}]`, column]);
  }
  return { inputTensor: input?.name ?? node.inputTensor, outputTensor: output?.name ?? node.outputTensor };
}

/** What a model reads. */
interface Read {
  readonly inputs: readonly Input[];
  /** How messages call it. */
  readonly what: string;
}

/** The inputs of a model; undefined if requests bring the tensors themselves, or if the inputs are not known. */
function readBy(check: NodeCheck, { inputs = [] }: ModelNode, field: string): Read | undefined {
  if (inputs.length === 0 && !check.facts.request) return undefined;
  const named = inputs.map((node, i) => ({ node, field: `${field}[${i}]` }));
  refuseSoft(
    check,
    named.filter(({ node }) => check.outputOf(node)?.gives === "scores"),
    "a model cannot do without a score; combine it with a fallback",
  );
  const found = inputsOf(check, field, inputs);
  return found && { inputs: found, what: inputs.length === 0 ? "the feature service" : `${inputs.join(" and ")}` };
}

const chosen = (tensors: readonly TensorSpec[], name: string): TensorSpec | undefined =>
  name === "" && tensors.length === 1 ? tensors[0] : tensors.find((it) => it.name === name);

const unknownTensor = (name: string, tensors: readonly TensorSpec[]): string =>
  `${name === "" ? "no tensor is named" : `the model has no tensor ${name}`}; it has ${tensors.map((it) => it.name).join(", ")}`;

/** Types of tensors that can have a raw column, and the columns that each takes. */
const COLUMNS = new Map<string, readonly Column["type"][]>([
  ["FP64", ["double", "int", "bool", "any"]],
  ["FP32", ["double", "int", "bool", "any"]],
  ["INT64", ["int", "bool", "timestamp", "any"]],
  ["BYTES", ["string", "any"]],
]);

function columnProblems(
  tensors: readonly TensorSpec[],
  read: (Read & { readonly columns: readonly Column[] }) | undefined,
): readonly string[] {
  if (!read) return [];
  return tensors.flatMap(({ name, datatype, shape }) => {
    const [rows, width] = shape;
    const isColumn = shape.length === 2 && (rows === -1 || rows === 1) && (width === -1 || width === 1);
    const taken = COLUMNS.get(datatype);
    const column = read.columns.find((it) => it.name === name);
    return [
      ...(column ? [] : [`the model needs ${name}, which is no feature of ${read.what}`]),
      ...(taken ? [] : [`${name} takes ${datatype}; a feature is one of ${[...COLUMNS.keys()].join(", ")}`]),
      ...(column && taken && !taken.includes(column.type)
        ? [`${name} takes ${datatype}; the feature is ${column.type}`]
        : []),
      ...(isColumn ? [] : [`${name} has the shape [${shape.join(", ")}]; a feature by itself is [1, 1]`]),
    ];
  });
}

interface Vector {
  readonly input: TensorSpec | undefined;
  readonly inputs: readonly TensorSpec[];
  readonly read: Read | undefined;
}

const vectorProblems = (name: string, { input, inputs, read }: Vector): readonly string[] =>
  input ? inputProblems(input, inputs, read) : [unknownTensor(name, inputs)];

function inputProblems(input: TensorSpec, inputs: readonly TensorSpec[], read: Read | undefined): readonly string[] {
  const problems: string[] = [];
  const others = inputs.filter((it) => it !== input).map((it) => it.name);
  if (others.length > 0) problems.push(`the model also needs ${others.join(", ")}, which nothing gives`);
  if (input.datatype !== "FP32") problems.push(`${input.name} takes ${input.datatype}; the feature vector is FP32`);
  for (const { output } of read?.inputs ?? [])
    for (const column of output.gives === "features" ? output.columns : [])
      if (!isNumeric(column)) problems.push(`${column.name} is ${column.type}; the feature vector has numbers`);
  const [rows, width] = input.shape;
  if (input.shape.length !== 2) {
    problems.push(`${input.name} has ${input.shape.length} dimension(s); the feature vector is a row of a matrix`);
    return problems;
  }
  if (rows !== -1 && rows !== 1) problems.push(`${input.name} takes exactly ${rows} rows; one row must be enough`);
  const given = read?.inputs.reduce((sum, { output }) => sum + widthOf(output), 0);
  if (read && width !== -1 && width !== given)
    problems.push(`${input.name} takes ${width} values a row; ${read.what} gives ${given}`);
  return problems;
}

const widthOf = (output: OutputType): number => (output.gives === "features" ? output.columns.length : output.width);

function outputProblems({ name, datatype, shape }: TensorSpec): readonly string[] {
  return [
    ...(SCORES.has(datatype) ? [] : [`${name} has ${datatype}, which is no score`]),
    ...(shape.length < 1 || shape.length > 2
      ? [`${name} has ${shape.length} dimension(s); a score is in a list or a matrix with one row a request`]
      : []),
  ];
}

function checkColumn(
  { add }: NodeCheck,
  { name, shape }: TensorSpec,
  [field, column]: readonly [string, number],
): void {
  const width = shape.length === 1 ? 1 : (shape[1] ?? -1);
  if (column < 0 || (width !== -1 && column >= width))
    add(field, `${name} has ${width} column(s), counted from 0; there is no column ${column}`);
}
