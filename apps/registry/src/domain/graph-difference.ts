import { type Graph, type GraphNode, kindOf, nodeJson } from "@throughline/graphs";
import { digestOfJson, type Json } from "@throughline/kernel";
import { describeNode, kindName } from "./describe-node.ts";

/** A place of two graphs where they may differ, with what is there on each side; empty where there is nothing. */
export interface GraphText {
  /** In the names of the contract, such as `graph.nodes.main.model.output_column`. */
  readonly path: string;
  /** Such as `the output column of the model node main`. */
  readonly what: string;
  readonly values: readonly [before: string, after: string];
}

/** What there is to compare of two graphs. They are the same if and only if all values are. */
export function graphTexts(before: Graph, after: Graph): readonly GraphText[] {
  const [old, fresh] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const kept = (graph: Graph, others: ReadonlyMap<string, GraphNode>): string =>
    graph.nodes.flatMap(({ name }) => (others.has(name) ? [name] : [])).join(", ");
  return [
    ...names.flatMap((name) => nodeTexts(name, old.get(name), fresh.get(name))),
    { path: "graph.nodes", what: "the order of the nodes", values: [kept(before, fresh), kept(after, old)] },
    { path: "graph.output_node", what: "the node that answers", values: [before.outputNode, after.outputNode] },
  ];
}

const byName = ({ nodes }: Graph): ReadonlyMap<string, GraphNode> => new Map(nodes.map((it) => [it.name, it]));

function nodeTexts(name: string, before: GraphNode | undefined, after: GraphNode | undefined): readonly GraphText[] {
  const path = `graph.nodes.${name}`;
  const [old, fresh] = [before && kindOf(before)?.case, after && kindOf(after)?.case];
  if (!before || !after || old !== fresh)
    return [
      {
        path,
        what: `the node ${name}`,
        values: [before ? describeNode(before) : "", after ? describeNode(after) : ""],
      },
    ];
  const [left, right] = [leavesOf(before), leavesOf(after)];
  const place = `the ${kindName(before)} node ${name}`;
  return [...new Set([...left.keys(), ...right.keys()])].map((field) => ({
    path: `${path}.${snake(field)}`,
    what: `${wordsOf(field, old)} of ${place}`,
    values: [left.get(field) ?? "", right.get(field) ?? ""],
  }));
}

type Leaves = Map<string, string>;

/** What a node says, by the path of each field, without its name. */
function leavesOf(node: GraphNode): Leaves {
  const leaves: Leaves = new Map();
  const { name: _, ...rest } = nodeJson(node) as Readonly<Record<string, Json>>;
  for (const [key, value] of Object.entries(rest)) addLeaves(leaves, key, value);
  return leaves;
}

function addLeaves(leaves: Leaves, path: string, value: Json): void {
  if (isList(value)) {
    const ids = value.map(idOf);
    // Things that have a name are told apart by it, and what is left is their order.
    if (value.some(isObject) && ids.every((it) => it !== undefined) && new Set(ids).size === ids.length) {
      leaves.set(path, ids.join(", "));
      for (const [i, item] of value.entries()) addLeaves(leaves, `${path}.${ids[i]}`, withoutId(item));
    } else if (value.some(isObject)) for (const [i, item] of value.entries()) addLeaves(leaves, `${path}.${i}`, item);
    else leaves.set(path, listText(value));
  } else if (isObject(value))
    for (const [key, item] of Object.entries(value)) addLeaves(leaves, `${path}.${key}`, item);
  else leaves.set(path, String(value));
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that tell the items of a list apart. */
const IDS = ["name", "node", "key"] as const;

function idOf(item: Json): string | undefined {
  const key = isObject(item) ? IDS.find((it) => typeof item[it] === "string") : undefined;
  const id = key && isObject(item) ? item[key] : undefined;
  return typeof id === "string" ? id : undefined;
}

function withoutId(item: Json): Json {
  if (!isObject(item)) return item;
  const key = IDS.find((it) => typeof item[it] === "string");
  return Object.fromEntries(Object.entries(item).filter(([it]) => it !== key));
}

/** Most items of a list that are told one by one: the numbers of a matrix say nothing to people but that they are others. */
const LISTED_MAX = 20;

function listText(items: readonly Json[]): string {
  if (items.length > LISTED_MAX) return `${items.length} values (${digestOfJson(items).slice("sha256:".length, 19)})`;
  const texts = items.map(String);
  return texts.some((it) => it.includes(", ")) ? JSON.stringify(texts) : texts.join(", ");
}

const snake = (path: string): string => path.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);

/** `split.branches.main.weightBasisPoints` of a split: `the weight basis points of main in the branches`. */
function wordsOf(path: string, kind: string | undefined): string {
  const parts = path.split(".");
  const own = kind !== undefined && parts[0] === kind ? parts.slice(1) : parts;
  const [field = "", item, ...rest] = own;
  const last = rest.at(-1);
  if (item === undefined) return `the ${words(field)}`;
  if (last === undefined) return `the ${words(item)} in the ${words(field)}`;
  return `the ${words(last)} of ${[item, ...rest.slice(0, -1)].join(".")} in the ${words(field)}`;
}

const words = (name: string): string => snake(name).replaceAll("_", " ");
