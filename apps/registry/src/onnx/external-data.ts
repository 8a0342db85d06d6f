import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
} from "@throughline/contracts/onnx/onnx_pb";
import { checkWire } from "./strict-wire.ts";

/** Where the elements of a tensor are. */
interface Part {
  readonly tensor: TensorProto;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A model whose constants are in files beside it. */
export interface ScatteredModel {
  /** The files that are needed, each once. */
  readonly paths: readonly string[];
  /** The bytes of the model with everything in it. `files` has the content of each of the paths. */
  gathered(files: ReadonlyMap<string, Uint8Array>): Uint8Array;
}

const KEYS = new Set(["location", "offset", "length", "checksum"]);
const GRAPH_DEPTH_MAX = 16;

/**
 * Finds out which files a model needs. `sizes` has those that it may have, by their paths beside it: a location must be one
 * of these texts, so that it can lead nowhere else. Fails with an Error that says what is wrong with the model.
 */
export function scatteredModel(bytes: Uint8Array, sizes: ReadonlyMap<string, number>): ScatteredModel {
  checkWire(ModelProtoSchema, bytes);
  const model: ModelProto = fromBinary(ModelProtoSchema, bytes);
  const tensors = model.graph ? tensorsOf(model.graph, 1) : [];
  const parts = tensors
    .filter((it) => it.dataLocation !== 0 || it.externalData.length > 0)
    .map((it) => partOf(it, sizes));
  return {
    paths: [...new Set(parts.map((it) => it.path))],
    gathered(files) {
      for (const { tensor, path, offset, length } of parts) {
        tensor.rawData = files.get(path)?.subarray(offset, offset + length) ?? new Uint8Array();
        tensor.externalData = [];
        tensor.dataLocation = 0;
      }
      return toBinary(ModelProtoSchema, model);
    },
  };
}

/** The constants of a graph and of the graphs within it. Others never have their elements outside when they are saved. */
function tensorsOf(graph: GraphProto, depth: number): readonly TensorProto[] {
  if (depth > GRAPH_DEPTH_MAX) return [];
  const inner = graph.node.flatMap((node) => node.attribute.flatMap((it) => [...(it.g ? [it.g] : []), ...it.graphs]));
  return [...graph.initializer, ...inner.flatMap((it) => tensorsOf(it, depth + 1))];
}

function partOf(tensor: TensorProto, sizes: ReadonlyMap<string, number>): Part {
  const said = new Map(tensor.externalData.map((it) => [it.key, it.value]));
  const unknown = [...said.keys()].find((it) => !KEYS.has(it));
  const fail = (why: string): Error => new Error(`the elements of ${JSON.stringify(tensor.name.slice(0, 100))} ${why}`);
  if (unknown !== undefined) throw fail(`have the unknown key ${JSON.stringify(unknown.slice(0, 100))}`);
  const path = said.get("location") ?? "";
  const size = sizes.get(path);
  if (size === undefined)
    throw fail(`are in ${JSON.stringify(path.slice(0, 200))}, which is not a file of this version`);
  const offset = wholeNumber(said.get("offset") ?? "0");
  const length = wholeNumber(said.get("length") ?? String(size - (offset ?? 0)));
  if (offset === undefined || length === undefined || offset + length > size)
    throw fail(`are not within the ${size} bytes of ${JSON.stringify(path.slice(0, 200))}`);
  return { tensor, path, offset, length };
}

const wholeNumber = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);
