import { fromBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema } from "@throughline/contracts/onnx/onnx_pb";
import type { FieldViolation } from "@throughline/kernel";
import type { ModelFacts } from "../domain/model-inspector.ts";
import type { NamedTransforms } from "../domain/transform-fit.ts";
import { checkFunctions, functionNames } from "./functions.ts";
import { checkGraph, domainOf, type GraphCheck } from "./graph.ts";
import { IR_VERSION_MAX, type OnnxLimits, OPSET_VERSION_MIN, PROBLEMS_MAX, PRODUCER_LENGTH_MAX } from "./limits.ts";
import { type Problems, problemList, quoted } from "./problems.ts";
import { readSignature } from "./signature.ts";
import { checkWire } from "./strict-wire.ts";
import { hasUnknown } from "./unknown-fields.ts";

/** What a look into a model file found: its facts, or everything that is wrong with it. */
export type OnnxReport =
  | { readonly kind: "accepted"; readonly facts: ModelFacts }
  | { readonly kind: "refused"; readonly problems: readonly FieldViolation[] };

/** The way by which the runtime would take an address in memory for a file; no file of a user ever has it. */
const MEMORY_MARKER = "_ORT_MEM_ADDR_";
const TRAINING_INFO = 20;

/**
 * Looks into a model file without running anything. Reads the bytes only; may take much memory and time for a hostile
 * file, so that it is for a process that can be killed.
 */
export function inspectOnnx(bytes: Uint8Array, limits: OnnxLimits): OnnxReport {
  const problems = problemList(PROBLEMS_MAX);
  const facts = read(bytes, limits, problems);
  if (facts && problems.found.length === 0) return { kind: "accepted", facts };
  return { kind: "refused", problems: problems.found };
}

function read(bytes: Uint8Array, limits: OnnxLimits, problems: Problems): ModelFacts | undefined {
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(MEMORY_MARKER))
    problems.add("model", `it has the text ${MEMORY_MARKER}, which would make the runtime read its own memory`);
  try {
    checkWire(ModelProtoSchema, bytes);
    return check(fromBinary(ModelProtoSchema, bytes), limits, problems);
  } catch (error) {
    // Whatever reading a broken file throws is the file's fault.
    const why = error instanceof Error ? error.message : String(error);
    problems.add("model", `it is not an ONNX file that can be read, or it is cut: ${why}`);
    return undefined;
  }
}

function check(model: ModelProto, limits: OnnxLimits, problems: Problems): ModelFacts | undefined {
  if (!model.graph) {
    problems.add("graph", "there is no graph: this is no ONNX model, or it is cut");
    return undefined;
  }
  if (model.irVersion < 1n || model.irVersion > IR_VERSION_MAX)
    problems.add("ir_version", `format ${model.irVersion} is not known here; the newest is ${IR_VERSION_MAX}`);
  checkTexts(model, limits, problems);
  if (hasUnknown(model, TRAINING_INFO))
    problems.add("training_info", "it has graphs for training, which are never run. Export the model for inference");
  const functions = functionNames(model);
  const opsets = checkOpsets(model, { limits, functions }, problems);
  const graphs: GraphCheck = {
    problems,
    limits,
    functions,
    // Also those of a wrong version, which is told already, once.
    domains: new Set(
      model.opsetImport.map((it) => domainOf(it.domain)).filter((it) => Object.hasOwn(limits.opsetVersionsMax, it)),
    ),
    operators: new Map(),
    bytesLeft: BigInt(limits.initialiserBytesMax),
    parameterCount: 0n,
  };
  checkGraph(model.graph, { path: "graph", depth: 1 }, graphs);
  checkFunctions(model, graphs);
  const signature = readSignature(model.graph, problems);
  const transforms = transformsOf(model);
  return {
    signature,
    onnx: {
      irVersion: Number(model.irVersion),
      opsets: Object.fromEntries([...opsets].sort(byKey)),
      operators: Object.fromEntries([...graphs.operators].sort(byKey)),
      producer: [model.producerName, model.producerVersion].filter((it) => it !== "").join(" "),
      parameterCount: Number(graphs.parameterCount),
      ...(transforms && { transforms }),
    },
  };
}

/** What libs/transforms writes into a model; reading the library for two names would take each check longer than its work. */
function transformsOf({ metadataProps }: ModelProto): NamedTransforms | undefined {
  const texts = new Map(metadataProps.map((it) => [it.key, it.value]));
  const [definition, constants] = ["definition", "constants"].map((it) => texts.get(`throughline.transforms.${it}`));
  return definition && constants ? { definition, constants } : undefined;
}

const byKey = ([a]: readonly [string, number], [b]: readonly [string, number]): number => (a < b ? -1 : 1);

function checkTexts(model: ModelProto, limits: OnnxLimits, problems: Problems): void {
  const length = model.metadataProps.reduce((sum, it) => sum + Buffer.byteLength(it.key + it.value), 0);
  if (length > limits.metadataBytesMax)
    problems.add("metadata_props", `they have ${length} bytes; at most ${limits.metadataBytesMax} are accepted`);
  for (const [field, text] of [
    ["producer_name", model.producerName],
    ["producer_version", model.producerVersion],
  ] as const)
    if (text.length > PRODUCER_LENGTH_MAX)
      problems.add(field, `it has ${text.length} characters; at most ${PRODUCER_LENGTH_MAX} are accepted`);
}

/** The operator sets that are accepted, with the version that the model asks for. */
function checkOpsets(
  model: ModelProto,
  { limits, functions }: { limits: OnnxLimits; functions: ReadonlySet<string> },
  problems: Problems,
): ReadonlyMap<string, number> {
  const own = new Set([...functions].map((it) => it.slice(0, it.lastIndexOf(":"))));
  const opsets = new Map<string, number>();
  const imports = [
    ...model.opsetImport.map((it, i) => [it, `opset_import[${i}]`] as const),
    ...model.functions.flatMap((f, i) =>
      f.opsetImport.map((it, k) => [it, `functions[${i}].opset_import[${k}]`] as const),
    ),
  ];
  if (model.opsetImport.length === 0) problems.add("opset_import", "the model names no operator set");
  for (const [{ domain, version }, path] of imports) {
    const name = domainOf(domain);
    const newest = Object.hasOwn(limits.opsetVersionsMax, name) ? limits.opsetVersionsMax[name] : undefined;
    if (newest === undefined) {
      // The model's own functions need no implementation from outside.
      if (!own.has(name)) problems.add(path, unknownDomain(domain, limits));
    } else if (version < (name === "" ? OPSET_VERSION_MIN : 1n) || version > BigInt(newest)) {
      problems.add(
        path,
        `version ${version} of ${quoted(domain)} is not accepted, only ${name === "" ? OPSET_VERSION_MIN : 1} to ${newest}. Export the model for one of those`,
      );
    } else if (!opsets.has(name)) opsets.set(name, Number(version));
  }
  return opsets;
}

const unknownDomain = (domain: string, { opsetVersionsMax }: OnnxLimits): string =>
  `operators of ${quoted(domain)} need code from outside, which is never loaded. Accepted are ${Object.keys(opsetVersionsMax).map(quoted).join(", ")}`;
