import { parseSync } from "rolldown/utils";

/** A module that a file refers to. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True if only types are imported, so that nothing is loaded. */
  readonly typeOnly: boolean;
}

/** One function of any form. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  /** Lines of its own: without the functions that it declares in its body or returns as members. */
  readonly lines: number;
  readonly parameters: number;
}

/** What the rules want to know about one TypeScript or JavaScript file. Lines count from 1. */
export interface SourceFacts {
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionFact[];
  readonly comments: readonly { readonly line: number; readonly text: string }[];
  readonly exportStars: readonly number[];
  readonly defaultExports: readonly number[];
  readonly environmentReads: readonly number[];
  /** Lines of members such as `...{ a, b }`, the spread of a literal. */
  readonly literalSpreads: readonly number[];
  /** Text literals that look like the path of a source file, such as the file of a child process. */
  readonly pathLiterals: readonly string[];
}

/** A node of the syntax tree, in the shape that ESTree and its TypeScript extension define. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Parses a file. Fails for one that does not parse. */
export function sourceFacts(path: string, text: string): SourceFacts {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path} does not parse: ${parsed.errors[0]?.message}`);
  const lineOf = lineCounter(text);
  const nodes = [...walk(parsed.program as unknown as Node)];
  const names = namesOfFunctions(nodes);
  const ofType = (...types: readonly string[]) => nodes.filter((it) => types.includes(it.type));
  return {
    imports: nodes.flatMap((node) => importOf(node, lineOf)),
    functions: nodes
      .filter(isFunction)
      .map((node) => ({ name: names.get(node) ?? "a callback", ...functionFact(node, lineOf) })),
    comments: parsed.comments.map((it) => ({ line: lineOf(it.start), text: it.value })),
    exportStars: ofType("ExportAllDeclaration").map((it) => lineOf(it.start)),
    defaultExports: ofType("ExportDefaultDeclaration").map((it) => lineOf(it.start)),
    literalSpreads: ofType("ObjectExpression").flatMap((it) => literalSpreads(it, lineOf)),
    environmentReads: nodes.filter(readsEnvironment).map((it) => lineOf(it.start)),
    pathLiterals: ofType("Literal")
      .map((it) => it["value"])
      .filter((it): it is string => typeof it === "string" && /^[\w./-]+\.(ts|tsx|mjs|js)$/.test(it)),
  };
}

/** `...{ a, b }` among the members of an object literal. */
const literalSpreads = (node: Node, lineOf: (offset: number) => number): readonly number[] =>
  (node["properties"] as readonly Node[])
    .filter((it) => it.type === "SpreadElement" && (it["argument"] as Node).type === "ObjectExpression")
    .map((it) => lineOf(it.start));

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

function lineCounter(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((it) => it.index + 1)];
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const IMPORTS = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
];

function importOf(node: Node, lineOf: (offset: number) => number): readonly Import[] {
  if (!IMPORTS.includes(node.type) || !isNode(node["source"])) return [];
  const specifier = node["source"]["value"];
  if (typeof specifier !== "string") return [];
  const names = (node["specifiers"] ?? []) as readonly Node[];
  const allTypes = names.length > 0 && names.every((it) => it["importKind"] === "type" || it["exportKind"] === "type");
  const typeOnly =
    node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type" || allTypes;
  return [{ specifier, line: lineOf(node.start), typeOnly }];
}

/** `process.env`, and `env` imported from node:process. */
function readsEnvironment(node: Node): boolean {
  if (node.type === "MemberExpression")
    return nameOf(node["object"]) === "process" && nameOf(node["property"]) === "env";
  return node.type === "ImportSpecifier" && nameOf(node["imported"]) === "env" && nameOf(node["local"]) === "env";
}

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];
const isFunction = (node: Node): boolean => FUNCTIONS.includes(node.type) && isNode(node["body"]);

function functionFact(node: Node, lineOf: (offset: number) => number): Omit<FunctionFact, "name"> {
  const span = (it: Node): number => lineOf(it.end) - lineOf(it.start) + 1;
  const parameters = (node["params"] as readonly Node[]).filter((it) => nameOf(it) !== "this").length;
  const members = membersOf(node["body"] as Node).filter((it) => span(it) > 1);
  const own = span(node) - members.reduce((sum, it) => sum + span(it), 0);
  return { line: lineOf(node.start), lines: own, parameters };
}

/** What each function is called: by itself, or by the variable, property or method that holds it. */
function namesOfFunctions(nodes: readonly Node[]): ReadonlyMap<unknown, string> {
  const called = nodes.flatMap((node) => {
    const name = nameOf(node["id"]) ?? nameOf(node["key"]);
    const held = isFunction(node) ? node : (node["init"] ?? node["value"]);
    return name === undefined ? [] : [[held, name] as const];
  });
  return new Map(called);
}

/** The functions that a factory declares in its body or puts into the object that it returns: they count by themselves. */
function membersOf(body: Node): readonly Node[] {
  if (body.type !== "BlockStatement") return membersOfValue(body);
  return (body["body"] as readonly Node[]).flatMap((statement) => {
    if (statement.type === "FunctionDeclaration") return [statement];
    if (statement.type === "ReturnStatement") return membersOfValue(statement["argument"]);
    if (statement.type !== "VariableDeclaration") return [];
    return (statement["declarations"] as readonly Node[]).flatMap((it) => membersOfValue(it["init"]));
  });
}

function membersOfValue(value: unknown): readonly Node[] {
  if (!isNode(value)) return [];
  if (isFunction(value)) return [value];
  if (value.type !== "ObjectExpression") return [];
  return (value["properties"] as readonly Node[]).flatMap((it) => membersOfValue(it["value"]));
}

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && typeof node["name"] === "string" ? node["name"] : undefined;
