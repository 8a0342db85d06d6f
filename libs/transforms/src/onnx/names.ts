import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { ATTRIBUTE, contentsOf, type FileField, fieldsOf, GRAPH, NODE, TENSOR_NAME, textsOf, VALUE } from "./file.ts";
import { embedded } from "./messages.ts";

const DEPTH_MAX = 64;

/** The names of all values of a graph and of the graphs in its operators, and the operators in use. */
export function namesIn(
  graph: readonly FileField[],
  depth = 0,
): { readonly values: Set<string>; readonly operators: Set<string> } {
  if (depth > DEPTH_MAX) throw new Error(`graphs are nested more than ${DEPTH_MAX} deep`);
  const found = { values: new Set<string>(), operators: new Set<string>() };
  const add = (names: readonly string[]): void => {
    for (const it of names) if (it !== "") found.values.add(it);
  };
  for (const it of contentsOf(graph, GRAPH.input)) add(textsOf(fieldsOf(it), VALUE.name));
  for (const it of contentsOf(graph, GRAPH.constant)) add(textsOf(fieldsOf(it), TENSOR_NAME));
  for (const it of contentsOf(graph, GRAPH.sparseConstant))
    for (const values of contentsOf(fieldsOf(it), 1)) add(textsOf(fieldsOf(values), TENSOR_NAME));
  for (const node of contentsOf(graph, GRAPH.node)) {
    const fields = fieldsOf(node);
    add(textsOf(fields, NODE.output));
    for (const it of textsOf(fields, NODE.operator)) found.operators.add(it);
    for (const attribute of contentsOf(fields, NODE.attribute))
      for (const inner of innerGraphs(fieldsOf(attribute))) {
        const { values, operators } = namesIn(fieldsOf(inner.content as Uint8Array), depth + 1);
        for (const it of values) found.values.add(it);
        for (const it of operators) found.operators.add(it);
      }
  }
  return found;
}

const isInnerGraph = ({ number, content }: FileField): boolean =>
  content !== undefined && (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs);
const innerGraphs = (attribute: readonly FileField[]): readonly FileField[] => attribute.filter(isInnerGraph);

type NewNames = ReadonlyMap<string, string>;

/** An operator that reads values by their new names; so do the operators of graphs within it. */
export function renamedNode(node: Uint8Array, names: NewNames): Uint8Array {
  return rewritten(node, (field, writer) => {
    if (field.number === NODE.input) return renamed(field, names, writer);
    if (field.number !== NODE.attribute || field.content === undefined) return false;
    embedded(writer, field.number, renamedAttribute(field.content, names));
    return true;
  });
}

const renamedAttribute = (attribute: Uint8Array, names: NewNames): Uint8Array =>
  rewritten(attribute, (field, writer) => {
    if (!isInnerGraph(field)) return false;
    embedded(writer, field.number, renamedGraph(field.content as Uint8Array, names));
    return true;
  });

/** The values that a graph within an operator gives may be those of the graph around it. */
const renamedGraph = (graph: Uint8Array, names: NewNames): Uint8Array =>
  rewritten(graph, (field, writer) => {
    if (field.content === undefined) return false;
    if (field.number === GRAPH.node) embedded(writer, GRAPH.node, renamedNode(field.content, names));
    else if (field.number === GRAPH.output) embedded(writer, GRAPH.output, renamedValue(field.content, names));
    else return false;
    return true;
  });

const renamedValue = (value: Uint8Array, names: NewNames): Uint8Array =>
  rewritten(value, (field, writer) => field.number === VALUE.name && renamed(field, names, writer));

function renamed({ number, content }: FileField, names: NewNames, writer: BinaryWriter): boolean {
  const name = content === undefined ? undefined : names.get(new TextDecoder().decode(content));
  if (name === undefined) return false;
  embedded(writer, number, new TextEncoder().encode(name));
  return true;
}

/** The message with those fields as they were that `write` did not write. */
function rewritten(bytes: Uint8Array, write: (field: FileField, writer: BinaryWriter) => boolean): Uint8Array {
  const writer = new BinaryWriter();
  for (const field of fieldsOf(bytes)) if (!write(field, writer)) writer.raw(field.whole);
  return writer.finish();
}
