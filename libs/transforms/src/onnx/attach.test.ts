import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isDomainError } from "@throughline/kernel";
import type { Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { feedsOf, opened } from "../../bench/runtime.ts";
import { checkTransforms } from "../check.ts";
import { type Columns, columnOf } from "../column.ts";
import { learnConstants } from "../learning.ts";
import { applyTransforms, readyTransforms } from "../transforms.ts";
import { attachTransforms, transformsModel } from "./attach.ts";
import {
  embedded,
  nodeBytes,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  opsetBytes,
  tensorBytes,
  valueBytes,
} from "./messages.ts";

interface Model {
  readonly nodes: readonly Uint8Array[];
  readonly constants?: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly opsets?: readonly (readonly [string, number])[];
}

const graphBytes = ({ nodes, constants = [], inputs, outputs }: Model): Uint8Array => {
  const graph = new BinaryWriter();
  for (const it of nodes) embedded(graph, 1, it);
  graph.tag(2, WireType.LengthDelimited).string("g");
  for (const it of constants) embedded(graph, 5, tensorBytes(it));
  for (const it of inputs) embedded(graph, 11, valueBytes(it));
  for (const it of outputs) embedded(graph, 12, valueBytes(it));
  return graph.finish();
};

const modelBytes = (model: Model): Uint8Array => {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(9);
  embedded(writer, 7, graphBytes(model));
  for (const it of model.opsets ?? [["", 17]]) embedded(writer, 8, opsetBytes(...(it as [string, number])));
  return writer.finish();
};

const float = (name: string, width: number): OnnxValue => ({ name, type: "float32", width });
const node = (operator: string, inputs: readonly string[], outputs: readonly string[], more: Partial<OnnxNode> = {}) =>
  nodeBytes({ operator, inputs, outputs, ...more });

/** score = input · w */
const LINEAR: Model = {
  nodes: [node("MatMul", ["input", "w"], ["score"])],
  constants: [{ name: "w", dims: [3, 1], type: "float32", values: [1, 10, 100] }],
  inputs: [float("input", 3)],
  outputs: [float("score", 1)],
};

const columns: Columns = new Map([
  ["age", columnOf("age", "float64", [10, 20, null, 40])],
  ["city", columnOf("city", "string", ["Oslo", "Rome", "Oslo", null])],
]);

async function ready(outputs: readonly object[], city: object = { kind: "vocabulary", sizeMax: 2 }) {
  const transforms = checkTransforms({
    columns: [
      { name: "age", type: "float64" },
      { name: "city", type: "string" },
    ],
    steps: [
      { kind: "impute", input: "age", output: "known_age", with: "mean", indicator: "no_age" },
      { ...city, input: "city", output: "place" },
    ],
    outputs,
  });
  return readyTransforms(transforms, await learnConstants(transforms, () => [columns]));
}

const three = () => ready([{ name: "input", columns: ["known_age", "no_age", "place"] }]);

function reasonOf(work: () => unknown): string {
  try {
    work();
    return "OK";
  } catch (error) {
    return isDomainError(error, "TRANSFORMS_NOT_ATTACHABLE") ? error.message : `another error: ${error}`;
  }
}

const floatsOf = (tensor: Tensor | undefined): readonly number[] => [...((tensor?.data ?? []) as Float32Array)];

async function scores(model: Uint8Array, name = "score"): Promise<readonly number[]> {
  const session = await opened(model);
  const results = await session.run(feedsOf(session, columns, [0, 4]));
  return floatsOf(results[name]);
}

describe("a model with transforms in front of it", () => {
  test("takes raw columns and answers as the model does for transformed rows", async () => {
    const { bytes } = attachTransforms(await three(), modelBytes(LINEAR));
    const session = await opened(bytes);
    expect(session.inputNames).toEqual(["age", "city"]);
    const mean = Math.fround(70 / 3);
    expect(await scores(bytes)).toEqual([10, 120, Math.fround(mean + 10), 340]);
    expect(applyTransforms(await three(), columns).get("input")?.values).toEqual(
      Float32Array.from([10, 0, 0, 20, 0, 1, mean, 1, 0, 40, 0, 3]),
    );
  });

  test("keeps inputs that are not fed, and a name that is a column's and an input's, also within branches", async () => {
    const branch = (value: string) =>
      graphBytes({
        nodes: [node("Mul", ["age", value], [`${value}_branch`])],
        inputs: [],
        outputs: [float(`${value}_branch`, 1)],
      });
    const attribute = (name: string, graph: Uint8Array) => {
      const writer = new BinaryWriter();
      writer.tag(1, WireType.LengthDelimited).string(name);
      embedded(writer, 6, graph);
      return writer.tag(20, WireType.Varint).int64(5).finish();
    };
    const conditional = new BinaryWriter().raw(node("If", ["yes"], ["product"]));
    embedded(conditional, 5, attribute("then_branch", branch("two")));
    embedded(conditional, 5, attribute("else_branch", branch("three")));
    const single = (name: string, value: number): OnnxTensor => ({ name, dims: [1], type: "float32", values: [value] });
    const model: Model = {
      nodes: [
        node("ReduceMax", ["age"], ["greatest"], { attributes: { keepdims: 0n } }),
        node("Greater", ["greatest", "three"], ["yes_list"]),
        node("Squeeze", ["yes_list"], ["yes"]),
        conditional.finish(),
        node("Add", ["product", "more"], ["score"]),
      ],
      constants: [single("two", 2), single("three", 3)],
      inputs: [float("age", 1), float("more", 1)],
      outputs: [float("score", 1)],
    };
    const { bytes } = attachTransforms(await ready([{ name: "age", columns: ["known_age"] }]), modelBytes(model));
    const session = await opened(bytes);
    expect(session.inputNames).toEqual(["age", "more"]);
    const more: Columns = new Map([...columns, ["more", columnOf("more", "float32", [1, 2, 3, 4])]]);
    const results = await session.run(feedsOf(session, more, [0, 4]));
    expect(floatsOf(results["score"])).toEqual([21, 42, Math.fround(2 * Math.fround(70 / 3)) + 3, 84]);
  });

  test("imports what the transforms need, and raises what older models import", async () => {
    const transforms = await three();
    const old = attachTransforms(
      transforms,
      modelBytes({
        ...LINEAR,
        opsets: [
          ["ai.onnx", 13],
          ["ai.onnx.ml", 1],
        ],
      }),
    );
    expect(await scores(old.bytes)).toHaveLength(4);
    const hashed = await ready([{ name: "input", columns: ["known_age", "no_age", "place"] }], {
      kind: "hash",
      buckets: 5,
    });
    const { bytes, needs } = attachTransforms(hashed, modelBytes(LINEAR));
    expect(needs).toEqual({ opset: 13, isMl: true, isRuntimeOnly: true });
    expect(await scores(bytes)).toHaveLength(4);
  });

  test("is not made where something does not fit, and is told what", async () => {
    const fits = await three();
    const why = (transforms: Awaited<ReturnType<typeof ready>>, model: Partial<Model>): string =>
      reasonOf(() => attachTransforms(transforms, modelBytes({ ...LINEAR, ...model })));
    expect(why(fits, { inputs: [float("rows", 3)] })).toContain(
      "the output input feeds nothing. Name it after an input of the model: rows",
    );
    expect(why(fits, { inputs: [float("input", 4)] })).toContain(
      "has 3 elements in a row, and the model's input has the shape [any, 4]",
    );
    expect(why(fits, { inputs: [{ name: "input", type: "float64", width: 3 }] })).toContain(
      "is float32, and the model's input has elements of type 11",
    );
    expect(why(fits, { opsets: [["", 12]] })).toContain("Export the model for version 13 or later");
    expect(why(fits, { nodes: [node("MatMul", ["input", "w"], ["city"])], outputs: [float("city", 1)] })).toContain(
      "a value of its own with the name of the column city",
    );
    expect(reasonOf(() => attachTransforms(fits, Uint8Array.of(1, 2, 3)))).toContain("no ONNX file");
    expect(reasonOf(() => attachTransforms(fits, new Uint8Array()))).toContain("it has no graph");
    const attached = attachTransforms(fits, modelBytes(LINEAR)).bytes;
    const again = await ready([{ name: "age", columns: ["known_age"] }]);
    expect(reasonOf(() => attachTransforms(again, attached))).toContain("the output age is float32");
    expect(reasonOf(() => transformsModel(again))).toContain("age is the name of a column too");
  });

  test("names its transforms by digest", async () => {
    const transforms = await three();
    const text = new TextDecoder().decode(attachTransforms(transforms, modelBytes(LINEAR)).bytes);
    expect(text).toContain(transforms.transforms.digest);
  });
});
