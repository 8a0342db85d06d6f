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
