import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { digestOfJson } from "@throughline/kernel";
import { notAttachable } from "../errors.ts";
import type { ReadyTransforms } from "../transforms.ts";
import {
  contentsOf,
  type FileField,
  type FileValue,
  fieldsOf,
  fileValue,
  GRAPH,
  MODEL,
  numberOf,
  textsOf,
} from "./file.ts";
import { type OnnxNeeds, type OnnxParts, onnxParts, VALUE_PREFIX } from "./graph.ts";
import { ELEMENT, embedded, nodeBytes, opsetBytes, propertyBytes, tensorBytes, valueBytes } from "./messages.ts";
import { namesIn, renamedNode } from "./names.ts";

/** Texts of a model that name, by digest, the transforms that are in front of it. */
export const TRANSFORM_PROPERTIES = {
  definition: "throughline.transforms.definition",
  constants: "throughline.transforms.constants",
} as const;

const ML = "ai.onnx.ml";
const MICROSOFT = "com.microsoft";
const ML_VERSION_MIN = 2n;
/** The oldest format in which constants need not be inputs. */
const IR_VERSION_MIN = 4n;

/** A model with transforms in front of it. */
export interface AttachedModel {
  readonly bytes: Uint8Array;
  readonly needs: OnnxNeeds;
}

/**
 * Puts transforms in front of a model: its inputs become the raw columns (one tensor of rows x 1 for each, under the column's
 * name), and each output of the definition feeds the input of the model that has its name. Inputs that no output feeds stay.
 * The rest of the model keeps its bytes.
 *
 * Fails with TRANSFORMS_NOT_ATTACHABLE, which says what does not fit. That the result loads and runs is for those to check who
 * have the runtime: registering it does.
 */
export function attachTransforms(ready: ReadyTransforms, model: Uint8Array): AttachedModel {
  const parts = onnxParts(ready);
  const fields = readable(() => fieldsOf(model));
  const graphs = contentsOf(fields, MODEL.graph);
  if (graphs.length !== 1) throw notAttachable("it has no graph", "Send the bytes of an ONNX model");
  const graph = readable(() => fieldsOf(graphs[0] as Uint8Array));
  const names = readable(() => namesIn(graph));
  const opsets = readable(() => importedOpsets(fields));
  checkVersions(fields, opsets, parts.needs);
  const inputs = readable(() => contentsOf(graph, GRAPH.input).map(fileValue));
  checkFeeds(parts, inputs);
  const results = readable(() => contentsOf(graph, GRAPH.output).map((it) => fileValue(it).name));
  checkNames(parts, { values: names.values, results });

  const writer = new BinaryWriter();
  for (const field of fields) {
    if (field.number === MODEL.graph) embedded(writer, MODEL.graph, withTransforms(graph, parts));
    else if (field.number !== MODEL.opsetImport) writer.raw(field.whole);
  }
  for (const [domain, version] of raisedOpsets(opsets, parts.needs, names.operators))
    embedded(writer, MODEL.opsetImport, opsetBytes(domain, version));
  const { transforms, constants } = ready;
  embedded(writer, MODEL.property, propertyBytes(TRANSFORM_PROPERTIES.definition, transforms.digest));
  embedded(writer, MODEL.property, propertyBytes(TRANSFORM_PROPERTIES.constants, digestOfJson({ ...constants })));
  return { bytes: writer.finish(), needs: parts.needs };
}

/** What a model with the transforms in front of it will need. */
export const onnxNeeds = (ready: ReadyTransforms): OnnxNeeds => onnxParts(ready).needs;

/**
 * A model that does nothing but transform: raw columns in, the outputs of the definition out, under their names. Fails with
 * TRANSFORMS_NOT_ATTACHABLE if a raw column that is needed has the name of an output.
 */
export function transformsModel(ready: ReadyTransforms): AttachedModel {
  const parts = onnxParts(ready);
  const taken = parts.outputs.find((it) => parts.inputs.some(({ name }) => name === it.output));
  if (taken) throw notAttachable(`${taken.output} is the name of a column too`, "Give the output another name");
  const graph = new BinaryWriter();
  writeParts(graph, parts, (it) => it.output);
  graph.tag(GRAPH.name, WireType.LengthDelimited).string("transforms");
  for (const { output, type, width } of parts.outputs)
    embedded(graph, GRAPH.output, valueBytes({ name: output, type, width }));
  const writer = new BinaryWriter();
  writer.tag(MODEL.irVersion, WireType.Varint).int64(9);
  writer.tag(MODEL.producer, WireType.LengthDelimited).string("throughline");
  embedded(writer, MODEL.graph, graph.finish());
  for (const [domain, version] of raisedOpsets(new Map([["", BigInt(parts.needs.opset)]]), parts.needs, new Set()))
    embedded(writer, MODEL.opsetImport, opsetBytes(domain, version));
  return { bytes: writer.finish(), needs: parts.needs };
}

/** Whatever reading a broken file throws is the file's fault. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw notAttachable(`it is no ONNX file that can be read (${why})`, "Send the bytes of an ONNX model");
  }
}

/** The standard operators have two names. */
function importedOpsets(fields: readonly FileField[]): ReadonlyMap<string, bigint> {
  const opsets = contentsOf(fields, MODEL.opsetImport).map((bytes): readonly [string, bigint] => {
    const parts = fieldsOf(bytes);
    const [domain = ""] = textsOf(parts, 1);
    return [domain === "ai.onnx" ? "" : domain, numberOf(parts, 2) ?? 0n];
  });
  return new Map(opsets);
}

function checkVersions(fields: readonly FileField[], opsets: ReadonlyMap<string, bigint>, { opset }: OnnxNeeds): void {
  const version = opsets.get("") ?? 0n;
  if (version < BigInt(opset))
    throw notAttachable(
      `it was exported for version ${version} of the standard operators, and these transforms need ${opset}`,
      `Export the model for version ${opset} or later`,
    );
  const format = numberOf(fields, MODEL.irVersion) ?? 0n;
  if (format < IR_VERSION_MIN)
    throw notAttachable(
      `its format is ${format}, and ${IR_VERSION_MIN} is the oldest that is accepted`,
      "Export the model anew",
    );
}

/** The versions to import; older models of `ai.onnx.ml` read well as version 2, unless they have what changed in it. */
function raisedOpsets(
  opsets: ReadonlyMap<string, bigint>,
  { isMl, isRuntimeOnly }: OnnxNeeds,
  operators: ReadonlySet<string>,
): ReadonlyMap<string, bigint> {
  const raised = new Map(opsets);
  const ml = opsets.get(ML) ?? ML_VERSION_MIN;
  if (isMl && ml < ML_VERSION_MIN && operators.has("LabelEncoder"))
    throw notAttachable(
      "it has a LabelEncoder of version 1 of ai.onnx.ml",
      "Export the model for version 2 of it or later",
    );
  if (isMl) raised.set(ML, ml < ML_VERSION_MIN ? ML_VERSION_MIN : ml);
  if (isRuntimeOnly && !raised.has(MICROSOFT)) raised.set(MICROSOFT, 1n);
  return raised;
}

function checkFeeds({ outputs }: OnnxParts, inputs: readonly FileValue[]): void {
  const known = new Map(inputs.map((it) => [it.name, it]));
  for (const { output, type, width } of outputs) {
    const input = known.get(output);
    const has = [...known.keys()].join(", ");
    if (input === undefined)
      throw notAttachable(`the output ${output} feeds nothing`, `Name it after an input of the model: ${has}`);
    if (input.elementType !== ELEMENT[type])
      throw notAttachable(
        `the output ${output} is ${type}, and the model's input has elements of type ${input.elementType ?? "none"}`,
        `Declare the type of the output; ${type} has number ${ELEMENT[type]} in the format`,
      );
    const [, size = width] = input.shape ?? [];
    if (input.shape !== undefined && (input.shape.length !== 2 || size !== width))
      throw notAttachable(
        `the output ${output} has ${width} elements in a row, and the model's input has the shape [${input.shape.map((it) => it ?? "any").join(", ")}]`,
        "Train the model with rows of these transforms",
      );
  }
}

/** Names of raw columns that the model uses for something else would mix two values up. */
function checkNames(
  { inputs, outputs }: OnnxParts,
  { values, results }: { readonly values: ReadonlySet<string>; readonly results: readonly string[] },
): void {
  if ([...values].some((it) => it.startsWith(VALUE_PREFIX)))
    throw notAttachable("there are transforms in front of it already", "Use the model as it was before");
  const fed = new Set(outputs.map((it) => it.output));
  const given = inputs.find(({ name }) => fed.has(name) && results.includes(name));
  if (given)
    throw notAttachable(
      `it gives its input ${given.name} back, and a column has that name`,
      "Give the column another name",
    );
  const taken = inputs.find(({ name }) => values.has(name) && !fed.has(name));
  if (taken)
    throw notAttachable(
      `it has a value of its own with the name of the column ${taken.name}`,
      "Give the column another name",
    );
}

function withTransforms(graph: readonly FileField[], parts: OnnxParts): Uint8Array {
  const columns = new Set(parts.inputs.map((it) => it.name));
  // An input keeps its name as the value that feeds it, unless a raw column has that name now.
  const names = new Map(parts.outputs.flatMap((it) => (columns.has(it.output) ? [[it.output, it.name]] : [])));
  const fed = new Set(parts.outputs.map((it) => it.output));
  const writer = new BinaryWriter();
  writeParts(writer, parts, (it) => names.get(it.output) ?? it.output);
  for (const field of graph) {
    const { number, content, whole } = field;
    if (content !== undefined && number === GRAPH.input && fed.has(fileValue(content).name)) continue;
    if (content !== undefined && number === GRAPH.node && names.size > 0)
      embedded(writer, GRAPH.node, renamedNode(content, names));
    else writer.raw(whole);
  }
  return writer.finish();
}

/** Writes the operators, constants and inputs; `nameOf` says under which name the value of an output goes on. */
function writeParts(
  graph: BinaryWriter,
  parts: OnnxParts,
  nameOf: (output: OnnxParts["outputs"][number]) => string,
): void {
  const names = new Map(parts.outputs.map((it) => [it.name, nameOf(it)]));
  for (const node of parts.nodes)
    embedded(graph, GRAPH.node, nodeBytes({ ...node, outputs: node.outputs.map((it) => names.get(it) ?? it) }));
  for (const it of parts.constants) embedded(graph, GRAPH.constant, tensorBytes(it));
  for (const it of parts.inputs) embedded(graph, GRAPH.input, valueBytes(it));
}
