import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "@throughline/contracts/onnx/onnx_pb";

type Model = MessageInitShape<typeof ModelProtoSchema>;
type Node = NonNullable<NonNullable<Model["graph"]>["node"]>[number];
type Constant = NonNullable<NonNullable<Model["graph"]>["initializer"]>[number];

const FLOAT = 1;
const INT64 = 7;

/** A model of less than 200 bytes that asks for so many numbers: by one operator, from a constant that it brings along. */
export function giant(operator: keyof typeof OPERATORS, count: bigint): Uint8Array {
  const graph = {
    name: "giant",
    node: [...OPERATORS[operator]],
    initializer: [
      { name: "count", dims: [1n], dataType: INT64, int64Data: [count] },
      { name: "one", dims: [1n], dataType: FLOAT, floatData: [1] },
      ...(CONSTANTS[operator]?.(count) ?? []),
    ],
    input: [declared("input", INPUTS[operator]?.(count) ?? [1n, 3n])],
    output: [declared("score", [1n])],
  };
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport: [{ version: 17n }] }),
  );
}

/** Each makes a huge tensor, and then one number of it, so that no answer is too large to be sent. */
const OPERATORS = {
  ConstantOfShape: [node("ConstantOfShape", ["count"], "huge"), node("ReduceMax", ["huge"], "score")],
  Expand: [node("Expand", ["one", "count"], "huge"), node("ReduceMax", ["huge"], "score")],
  Tile: [node("Tile", ["one", "count"], "huge"), node("ReduceMax", ["huge"], "score")],
  Resize: [node("Resize", ["one", "", "", "count"], "huge"), node("ReduceMax", ["huge"], "score")],
  Pad: [node("Pad", ["one", "pads"], "huge"), node("ReduceMax", ["huge"], "score")],
  Range: [node("Range", ["first", "last", "step"], "huge"), node("ReduceMax", ["huge"], "score")],
  // Not known before it runs, so that it cannot be worked out when the model is loaded.
  ExpandInput: [
    node("ReduceMax", ["input"], "most"),
    node("Expand", ["most", "count"], "huge"),
    node("ReduceMax", ["huge"], "score"),
  ],
  // The size is in the declaration of the input.
  Identity: [node("ReduceMax", ["input"], "score")],
  // The same beside a size of zero: no element, and yet a size that fits into no message.
  Empty: [node("ReduceSum", ["input"], "score")],
} as const satisfies Record<string, readonly Node[]>;

/** What the operators have beside `count` and `one`. */
const CONSTANTS: Partial<Record<keyof typeof OPERATORS, (count: bigint) => readonly Constant[]>> = {
  Pad: (count) => [{ name: "pads", dims: [2n], dataType: INT64, int64Data: [0n, count] }],
  Range: (count) =>
    Object.entries({ first: 0, last: Number(count), step: 1 }).map(([name, value]) => ({
      name,
      dims: [],
      dataType: FLOAT,
      floatData: [value],
    })),
};

/** Declared sizes of the input, where they are other than [1, 3]. */
const INPUTS: Partial<Record<keyof typeof OPERATORS, (count: bigint) => readonly bigint[]>> = {
  Identity: (count) => [1n, count],
  Empty: (count) => [count, 0n],
};

function node(opType: string, input: readonly string[], output: string): Node {
  return { opType, input: [...input], output: [output] };
}

const declared = (name: string, sizes: readonly bigint[]) => ({
  name,
  type: {
    value: {
      case: "tensorType" as const,
      value: {
        elemType: FLOAT,
        shape: { dim: sizes.map((value) => ({ value: { case: "dimValue" as const, value } })) },
      },
    },
  },
});
