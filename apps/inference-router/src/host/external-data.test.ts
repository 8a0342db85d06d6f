import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "@throughline/contracts/onnx/onnx_pb";
import { describe, expect, test } from "vitest";
import { fixture } from "../testing-services.ts";
import { namesExternalData } from "./external-data.ts";

type Model = MessageInitShape<typeof ModelProtoSchema>;
const bytesOf = (model: Model): Uint8Array => toBinary(ModelProtoSchema, create(ModelProtoSchema, model));
const outside = { externalData: [{ key: "location", value: "secret.bin" }] };
const located = { dataLocation: 1 };

const PLACES: readonly (readonly [place: string, model: (tensor: typeof outside | typeof located) => Model])[] = [
  ["a constant of the graph", (it) => ({ graph: { initializer: [it] } })],
  ["the values of a sparse constant", (it) => ({ graph: { sparseInitializer: [{ values: it }] } })],
  ["the indices of a sparse constant", (it) => ({ graph: { sparseInitializer: [{ indices: it }] } })],
  ["an attribute", (it) => ({ graph: { node: [{ attribute: [{ t: it }] }] } })],
  ["a list in an attribute", (it) => ({ graph: { node: [{ attribute: [{ tensors: [{}, it] }] }] } })],
  ["a sparse attribute", (it) => ({ graph: { node: [{ attribute: [{ sparseTensors: [{ values: it }] }] }] } })],
  ["the body of a loop", (it) => ({ graph: { node: [{ attribute: [{ g: { initializer: [it] } }] }] } })],
  ["a body in a list", (it) => ({ graph: { node: [{ attribute: [{ graphs: [{ initializer: [it] }] }] }] } })],
  ["a function", (it) => ({ functions: [{ node: [{ attribute: [{ t: it }] }] }] })],
];

describe("data outside of a model", () => {
  for (const [place, model] of PLACES) {
    test(`is found in ${place}`, () => {
      expect(namesExternalData(bytesOf(model(outside)))).toBe(true);
      expect(namesExternalData(bytesOf(model(located)))).toBe(true);
    });
  }

  test("is found however its place is spelt, and whatever else is said of it", () => {
    const places = [
      "../x",
      "/etc/passwd",
      "sub/../../x",
      "..\\x",
      "C:\\x",
      "secret.bin",
      "*/_ORT_MEM_ADDR_/*",
      "",
      ".",
    ];
    const entries = [
      ...places.map((value) => ({ key: "location", value })),
      ...["-1", String(2n ** 60n), "x"].flatMap((value) => [
        { key: "offset", value },
        { key: "length", value },
      ]),
      ...["__class__", "", "checksum"].map((key) => ({ key, value: "x" })),
    ];
    for (const entry of entries) {
      expect(namesExternalData(bytesOf({ graph: { initializer: [{ externalData: [entry] }] } }))).toBe(true);
    }
  });

  test("is found in numbers that are written longer than they need, and in messages that come in parts", () => {
    const tensor = (field: readonly number[]) => Uint8Array.from([0x2a, field.length, ...field]);
    const graph = (...tensors: readonly Uint8Array[]) => {
      const content = Buffer.concat(tensors);
      return Buffer.concat([Uint8Array.of(0x3a, content.byteLength), content]);
    };
    // Field 14, the place of the data, is 1 (outside) in one, two and ten bytes.
    const longest = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
    for (const one of [[0x01], [0x81, 0x00], longest]) {
      const outside = graph(tensor([0x70, ...one]));
      expect(namesExternalData(outside)).toBe(true);
      expect(namesExternalData(Buffer.concat([graph(tensor([0x70, 0x00])), outside]))).toBe(true);
    }
    expect(namesExternalData(graph(tensor([0x70, 0x00])))).toBe(false);
    // A group, which no program writes any more, could hide fields.
    expect(() => namesExternalData(graph(tensor([0x73, 0x74])))).toThrow("unknown wire type");
  });

  test("is not seen in honest models", () => {
    for (const it of ["logistic3", "endless_loop", "echo"]) expect(namesExternalData(fixture(it))).toBe(false);
    expect(namesExternalData(fixture("external_data"))).toBe(true);
  });

  test("is not overlooked because the model is cut off: every cut is an answer or an error", () => {
    const whole = fixture("external_data");
    for (let end = 0; end < whole.byteLength; end++) {
      const cut = whole.subarray(0, end);
      expect(() => typeof namesExternalData(cut) === "boolean" && cut).not.toThrow(RangeError);
    }
  });
});
