import type { AttributeProto, GraphProto, NodeProto } from "@throughline/contracts/onnx/onnx_pb";
import type { OnnxLimits } from "./limits.ts";
import { type Problems, quoted } from "./problems.ts";
import { checkSparseTensor, checkTensor, type TensorCheck } from "./tensor.ts";

/** What the check of a model's graphs knows and gathers on its way. */
export interface GraphCheck extends TensorCheck {
  readonly problems: Problems;
  readonly limits: OnnxLimits;
  /** Domains whose operators may be used. */
  readonly domains: ReadonlySet<string>;
  /** `domain:name` of the functions that the model defines. */
  readonly functions: ReadonlySet<string>;
  /** How often each operator occurs, by `domain:name`. */
  readonly operators: Map<string, number>;
  /** Elements of all constants. */
  parameterCount: bigint;
}

/** The values that can be read at some place: those of the graph and of the graphs around it. */
export interface Scope {
  readonly names: ReadonlySet<string>;
  readonly outer?: Scope;
}

interface Place {
  readonly path: string;
  readonly depth: number;
  readonly outer?: Scope;
}

/** Checks a graph with everything in it: constants, operators, the graphs in their attributes, and the names of values. */
export function checkGraph(graph: GraphProto, place: Place, check: GraphCheck): void {
  const { path, depth } = place;
  if (depth > check.limits.graphDepthMax) {
    check.problems.add(path, `graphs are nested more than ${check.limits.graphDepthMax} deep`);
    return;
  }
  checkConstants(graph, path, check);
  const names = namesOf(graph, path, check.problems);
  const scope: Scope = { names, ...(place.outer && { outer: place.outer }) };
  checkNodes(graph.node, { path, depth, outer: scope }, check);
  for (const [i, output] of graph.output.entries())
    if (!isKnown(output.name, scope))
      check.problems.add(`${path}.output[${i}]`, `the value ${quoted(output.name)} is not declared: nothing makes it`);
}

/** Checks operators that can read the values of `place.outer`, which holds those of their own graph. */
export function checkNodes(nodes: readonly NodeProto[], place: Place, check: GraphCheck): void {
  for (const [i, node] of nodes.entries()) {
    const path = `${place.path}.node[${i}]`;
    checkOperator(node, path, check);
    for (const [k, name] of node.input.entries())
      if (name !== "" && place.outer && !isKnown(name, place.outer))
        check.problems.add(`${path}.input[${k}]`, `the value ${quoted(name)} is not declared: nothing makes it`);
    for (const [k, attribute] of node.attribute.entries())
      checkAttribute(attribute, { ...place, path: `${path}.attribute[${k}]` }, check);
  }
}

/** Checks the tensors and graphs of an attribute. */
export function checkAttribute(attribute: AttributeProto, place: Place, check: GraphCheck): void {
  const { path } = place;
  if (attribute.t) check.parameterCount += checkTensor(attribute.t, `${path}.t`, check);
  for (const [i, tensor] of attribute.tensors.entries())
    check.parameterCount += checkTensor(tensor, `${path}.tensors[${i}]`, check);
  if (attribute.sparseTensor)
    check.parameterCount += checkSparseTensor(attribute.sparseTensor, `${path}.sparse_tensor`, check);
  for (const [i, tensor] of attribute.sparseTensors.entries())
    check.parameterCount += checkSparseTensor(tensor, `${path}.sparse_tensors[${i}]`, check);
  const inner = { ...place, depth: place.depth + 1 };
  if (attribute.g) checkGraph(attribute.g, { ...inner, path: `${path}.g` }, check);
  for (const [i, graph] of attribute.graphs.entries())
    checkGraph(graph, { ...inner, path: `${path}.graphs[${i}]` }, check);
}

/** The standard domain has two names. */
export const domainOf = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function checkOperator(node: NodeProto, path: string, check: GraphCheck): void {
  const operator = `${domainOf(node.domain)}:${node.opType}`;
  check.operators.set(operator, (check.operators.get(operator) ?? 0) + 1);
  if (!/^[A-Za-z_][\w.-]{0,127}$/.test(node.opType))
    check.problems.add(`${path}.op_type`, `${quoted(node.opType)} is no name of an operator`);
  else if (!check.functions.has(operator) && !check.domains.has(domainOf(node.domain)))
    check.problems.add(
      `${path}.domain`,
      `the operator ${quoted(operator)} is neither of an operator set that the model imports and that is accepted, nor a function of the model`,
    );
  else if (!check.functions.has(operator) && !isAccepted(node, check.limits))
    check.problems.add(
      `${path}.op_type`,
      `the operator ${quoted(operator)} is not accepted: of ${quoted(node.domain)} only ${check.limits.operatorsOf[node.domain]?.join(" and ")} are`,
    );
}

function isAccepted({ domain, opType }: NodeProto, { operatorsOf }: OnnxLimits): boolean {
  return !Object.hasOwn(operatorsOf, domain) || operatorsOf[domain]?.includes(opType) === true;
}

function checkConstants(graph: GraphProto, path: string, check: GraphCheck): void {
  for (const [i, tensor] of graph.initializer.entries())
    check.parameterCount += checkTensor(tensor, `${path}.initializer[${i}]`, check);
  for (const [i, tensor] of graph.sparseInitializer.entries())
    check.parameterCount += checkSparseTensor(tensor, `${path}.sparse_initializer[${i}]`, check);
}

/** All values of a graph. Each is made once; only a constant may also be listed as an input, whose default it then is. */
function namesOf(graph: GraphProto, path: string, problems: Problems): ReadonlySet<string> {
  const names = new Set<string>();
  const declare = (name: string, where: string): void => {
    if (names.has(name)) problems.add(where, `the value ${quoted(name)} is made twice`);
    names.add(name);
  };
  for (const [i, input] of graph.input.entries()) declare(input.name, `${path}.input[${i}]`);
  const inputs = new Set(names);
  for (const [i, name] of constantNames(graph).entries())
    if (!inputs.delete(name)) declare(name, `${path}.initializer[${i}]`);
  for (const [i, node] of graph.node.entries())
    for (const [k, name] of node.output.entries()) if (name !== "") declare(name, `${path}.node[${i}].output[${k}]`);
  return names;
}

/** Names of the constants, plain ones first. */
export const constantNames = (graph: GraphProto): readonly string[] => [
  ...graph.initializer.map((it) => it.name),
  ...graph.sparseInitializer.map((it) => it.values?.name ?? ""),
];

function isKnown(name: string, scope: Scope): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) if (at.names.has(name)) return true;
  return false;
}
