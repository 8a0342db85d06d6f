import { AttributeProtoSchema, type FunctionProto, type ModelProto } from "@throughline/contracts/onnx/onnx_pb";
import { checkAttribute, checkNodes, domainOf, type GraphCheck } from "./graph.ts";
import { quoted } from "./problems.ts";
import { unknownMessages, unknownTexts } from "./unknown-fields.ts";

/** Fields of a function that our reading of the format does not name: names of its inputs, and default attributes. */
const INPUT = 4;
const ATTRIBUTE_WITH_DEFAULT = 11;

const keyOf = ({ domain, name }: FunctionProto): string => `${domainOf(domain)}:${name}`;

/** `domain:name` of each function of a model. */
export const functionNames = (model: ModelProto): ReadonlySet<string> => new Set(model.functions.map(keyOf));

/** Checks the functions that a model defines: their operators and tensors, and that none calls itself. */
export function checkFunctions(model: ModelProto, check: GraphCheck): void {
  for (const [i, it] of model.functions.entries()) {
    const path = `functions[${i}]`;
    if (domainOf(it.domain) === "" || !/^[A-Za-z_][\w.-]{0,127}$/.test(it.domain))
      check.problems.add(`${path}.domain`, `${quoted(it.domain)} is no name of a domain of a model's own functions`);
    const names = new Set([...unknownTexts(it, INPUT), ...it.node.flatMap((node) => node.output)]);
    const place = { path, depth: 1, outer: { names } };
    checkNodes(it.node, place, check);
    for (const [k, attribute] of unknownMessages(it, ATTRIBUTE_WITH_DEFAULT, AttributeProtoSchema).entries())
      checkAttribute(attribute, { ...place, path: `${path}.attribute_proto[${k}]` }, check);
  }
  const endless = functionInCircle(model);
  if (endless) check.problems.add("functions", `the function ${quoted(endless)} calls itself`);
}

/** The first function found that leads back to itself, by operators of its own body (not of graphs within it). */
function functionInCircle(model: ModelProto): string | undefined {
  const calls = new Map(
    model.functions.map((it) => [keyOf(it), it.node.map((node) => `${domainOf(node.domain)}:${node.opType}`)]),
  );
  // A function is out of the question once everything that it calls is.
  let left = new Map(calls);
  for (;;) {
    const kept = new Map([...left].filter(([, called]) => called.some((it) => left.has(it))));
    if (kept.size === 0) return undefined;
    if (kept.size === left.size) return [...kept.keys()][0];
    left = kept;
  }
}
