import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
} from "@throughline/contracts/onnx/onnx_pb";

const FLOAT = 1;
const INT64 = 7;
const STRING = 8;
const BOOL = 9;

const tensorOf = (elemType: number, dims: readonly (number | string)[]) => ({
  value: {
    case: "tensorType" as const,
    value: {
      elemType,
      shape: {
        dim: dims.map((it) => ({
          value:
            typeof it === "string"
              ? { case: "dimParam" as const, value: it }
              : { case: "dimValue" as const, value: BigInt(it) },
        })),
      },
    },
  },
});

type GraphInit = Exclude<MessageInitShape<typeof GraphProtoSchema>, GraphProto>;

const modelOf = (graph: GraphInit): Uint8Array =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 9n, opsetImport: [{ version: 19n }], graph }));

const floats = (name: string, values: readonly number[], dims: readonly number[]) => ({
  name,
  dims: dims.map(BigInt),
  dataType: FLOAT,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

/** The logistic function of the weighted sum of a row of `input`: a probability, `[rows, 1]`. `rows` may be a number. */
export const logisticModel = (weights: readonly number[], rows: number | "rows" = "rows"): Uint8Array =>
  modelOf({
    name: "logistic",
    input: [{ name: "input", type: tensorOf(FLOAT, [rows, weights.length]) }],
    output: [{ name: "score", type: tensorOf(FLOAT, [rows, 1]) }],
    initializer: [floats("weights", weights, [weights.length, 1])],
    node: [
      { opType: "MatMul", input: ["input", "weights"], output: ["sum"] },
      { opType: "Sigmoid", input: ["sum"], output: ["score"] },
    ],
  });

/** Takes `count` (INT64, `[rows]`), `city` (text) and `price` (FP32): 1 where the city is Oslo, plus the count, plus the price. */
export const columnsModel = (): Uint8Array =>
  modelOf({
    name: "columns",
    input: [
      { name: "count", type: tensorOf(INT64, ["rows"]) },
      { name: "city", type: tensorOf(STRING, ["rows", 1]) },
      { name: "price", type: tensorOf(FLOAT, ["rows", 1]) },
    ],
    output: [{ name: "score", type: tensorOf(FLOAT, ["rows", 1]) }],
    initializer: [
      { name: "oslo", dims: [1n], dataType: STRING, stringData: [Uint8Array.from(Buffer.from("Oslo"))] },
      { name: "column", dims: [2n], dataType: INT64, rawData: new Uint8Array(BigInt64Array.of(-1n, 1n).buffer) },
    ],
    node: [
      { opType: "Equal", input: ["city", "oslo"], output: ["is-oslo"] },
      // Of the type of another tensor: the contract of ours has no attributes of numbers.
      { opType: "CastLike", input: ["is-oslo", "price"], output: ["one"] },
      { opType: "CastLike", input: ["count", "price"], output: ["counted"] },
      { opType: "Reshape", input: ["counted", "column"], output: ["counts"] },
      { opType: "Add", input: ["one", "counts"], output: ["both"] },
      { opType: "Add", input: ["both", "price"], output: ["score"] },
    ],
  });

/** Never ends. */
export const endlessModel = (): Uint8Array =>
  modelOf({
    name: "endless",
    input: [{ name: "input", type: tensorOf(FLOAT, ["rows", 1]) }],
    output: [{ name: "score", type: tensorOf(FLOAT, ["rows", 1]) }],
    initializer: [
      { name: "most", dims: [], dataType: INT64, rawData: new Uint8Array(BigInt64Array.of(2n ** 62n).buffer) },
      { name: "go", dims: [], dataType: BOOL, rawData: Uint8Array.of(1) },
    ],
    node: [{ opType: "Loop", input: ["most", "go", "input"], output: ["score"], attribute: [body()] }],
  });

function body(): AttributeProto {
  const graph = create(GraphProtoSchema, {
    name: "body",
    input: [
      { name: "turn", type: tensorOf(INT64, []) },
      { name: "going", type: tensorOf(BOOL, []) },
      { name: "before", type: tensorOf(FLOAT, ["rows", 1]) },
    ],
    output: [
      { name: "goes-on", type: tensorOf(BOOL, []) },
      { name: "after", type: tensorOf(FLOAT, ["rows", 1]) },
    ],
    node: [
      { opType: "Identity", input: ["going"], output: ["goes-on"] },
      { opType: "Identity", input: ["before"], output: ["after"] },
    ],
  });
  // Field 20 says that it is a graph; the contract of ours has no name for it.
  const kind = { no: 20, wireType: 0, data: Uint8Array.of(5) };
  return { ...create(AttributeProtoSchema, { name: "body", g: graph }), $unknown: [kind] };
}
