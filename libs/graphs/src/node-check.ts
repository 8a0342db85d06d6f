import type { FieldViolation } from "@throughline/kernel";
import type { GraphFacts } from "./facts.ts";
import type { GraphNode, NodeKinds } from "./graph.ts";
import { REQUEST } from "./graph.ts";
import { type Column, features, type OutputType } from "./node-output.ts";

/** One node while it is checked. */
export interface NodeCheck {
  readonly name: string;
  readonly facts: GraphFacts;
  /** `field` is within the node, such as `combine.weights`. */
  readonly add: (field: string, description: string) => void;
  /** What a node gives, or `request`. Undefined if it is not known, which is told elsewhere. */
  readonly outputOf: (name: string) => OutputType | undefined;
  readonly isSoft: (name: string) => boolean;
  /** All nodes, to look behind those that a node names. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
}

/** What a kind of node was found to be: filled in, and with what it gives, if that is known. */
export interface CheckedKind<K extends keyof NodeKinds> {
  readonly filled: NodeKinds[K];
  readonly output: OutputType | undefined;
}

/** One input with what it gives. */
export interface Input {
  readonly name: string;
  readonly field: string;
  readonly output: OutputType;
}

/** Inputs as they are named, or `request` if none is. Undefined if one of them is not known. */
export function inputsOf(check: NodeCheck, field: string, names: readonly string[]): readonly Input[] | undefined {
  const all = names.length === 0 ? [REQUEST] : names;
  const found = all.map((name, i) => {
    const at = names.length === 0 ? field : `${field}[${i}]`;
    const output = name === REQUEST ? requestOf(check, at) : check.outputOf(name);
    return output && { name, field: at, output };
  });
  return found.every((it) => it !== undefined) ? found : undefined;
}

function requestOf({ facts, add }: NodeCheck, field: string): OutputType | undefined {
  if (facts.request) return features(facts.request);
  add(field, `the release reads no features, so there is no ${REQUEST}; name its feature service`);
  return undefined;
}

/** The columns of several inputs, whose names must be different. Scores are refused. */
export function columnsOf(check: NodeCheck, inputs: readonly Input[]): readonly Column[] | undefined {
  let sound = true;
  for (const { name, field, output } of inputs)
    if (output.gives === "scores") {
      check.add(field, `${name} gives ${widthText(output.width)}; features are needed here`);
      sound = false;
    }
  const all = namedColumns(check, inputs);
  return sound ? all : undefined;
}

/** Most columns that one node reads. */
const COLUMNS_MAX = 10_000;

/** The columns of several inputs, and those that give one score as a column of their name. Names must be different. */
export function namedColumns(check: NodeCheck, inputs: readonly Input[]): readonly Column[] {
  const count = inputs.reduce((sum, { output }) => sum + (output.gives === "features" ? output.columns.length : 1), 0);
  const [first] = inputs;
  if (first && count > COLUMNS_MAX) {
    check.add(first.field, `together the inputs have ${count} columns; at most ${COLUMNS_MAX} are read by one node`);
    return [];
  }
  const from = new Map<string, string>();
  return inputs.flatMap(({ name, field, output }) => {
    const own: readonly Column[] =
      output.gives === "features" ? output.columns : output.width === 1 ? [{ name, type: "double" }] : [];
    for (const column of own) {
      const other = from.get(column.name);
      if (other !== undefined) check.add(field, `${name} has a column ${column.name}, and so has ${other}`);
      from.set(column.name, name);
    }
    return own;
  });
}

export const widthText = (width: number): string => (width === 1 ? "one score" : `${width} scores`);

/** The width of the scores that several nodes give; those that give features, or another number of scores, are refused. */
export function sameWidth(
  check: NodeCheck,
  named: readonly { readonly field: string; readonly node: string }[],
): OutputType | undefined {
  let first: { readonly node: string; readonly width: number } | undefined;
  let sound = true;
  for (const { field, node } of named) {
    const output = node === REQUEST ? REQUEST_GIVES : check.outputOf(node);
    if (!output) {
      sound = false;
    } else if (output.gives === "features") {
      check.add(field, `${node} gives features; scores are needed here`);
      sound = false;
    } else {
      first ??= { node, width: output.width };
      if (output.width === first.width) continue;
      check.add(field, `${node} gives ${widthText(output.width)}, and ${first.node} ${widthText(first.width)}`);
      sound = false;
    }
  }
  return sound && first ? { gives: "scores", width: first.width } : undefined;
}

const REQUEST_GIVES: OutputType = features([]);

/** Scores that may be absent where nothing else is declared for them. */
export function refuseSoft(
  { add, isSoft }: NodeCheck,
  named: readonly { readonly field: string; readonly node: string }[],
  instead: string,
): void {
  for (const { field, node } of named) if (isSoft(node)) add(field, `${node} is SOFT, and may be absent: ${instead}`);
}

/** Problems with the paths of their nodes. */
export const problemsAt =
  (problems: FieldViolation[], path: string) =>
  (field: string, description: string): void =>
    void problems.push({ path: field === "" ? path : `${path}.${field}`, description });
