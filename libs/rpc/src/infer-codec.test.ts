import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema, ModelInferResponseSchema } from "@throughline/contracts/inference/open_inference_pb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeInferRequest } from "./infer-request-codec.ts";
import { encodeInferResponse } from "./infer-response-codec.ts";

const text = fc.oneof(fc.string({ maxLength: 300 }), fc.constantFrom("", "ü", "\u{1f600}"));
const shape = fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 30n }), fc.bigInt({ min: -2n, max: 2n ** 62n })), {
  maxLength: 4,
});
const raw = fc.array(fc.uint8Array({ maxLength: 300 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>, { maxLength: 3 });
const parameter = fc.oneof(
  { weight: 5, arbitrary: text.map((value) => ({ parameterChoice: { case: "stringParam" as const, value } })) },
  fc.constant({ parameterChoice: { case: "boolParam" as const, value: true } }),
  fc.constant({}),
);
const parameters = fc.dictionary(text, parameter, { maxKeys: 3 });
const tensor = fc.record(
  {
    name: text,
    datatype: text,
    shape,
    parameters: fc.constant({ a: { parameterChoice: { case: "int64Param" as const, value: 1n } } }),
    contents: fc.constant({ fp32Contents: [1] }),
  },
  { requiredKeys: ["name", "datatype", "shape"] },
);
const tensors = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.record({ name: text, datatype: text, shape }), { maxLength: 3 }) },
  fc.array(tensor, { maxLength: 3 }),
);
const request = fc.record(
  { modelName: text, modelVersion: text, id: text, inputs: tensors, rawInputContents: raw, parameters },
  { requiredKeys: ["inputs"] },
) as fc.Arbitrary<MessageInitShape<typeof ModelInferRequestSchema>>;
const response = fc.record(
  { modelName: text, modelVersion: text, id: text, outputs: tensors, rawOutputContents: raw, parameters },
  { requiredKeys: ["outputs"] },
) as fc.Arbitrary<MessageInitShape<typeof ModelInferResponseSchema>>;

describe("a request that is read by hand", () => {
  test("is the message that the library reads", () => {
    fc.assert(
      fc.property(request, (init) => {
        const bytes = Buffer.from(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, init)));
        const read = decodeInferRequest(bytes);
        if (read) expect(plain(read)).toEqual(plain(fromBinary(ModelInferRequestSchema, bytes)));
      }),
    );
  });

  test("is read, if it has raw tensors alone", () => {
    const inputs = [{ name: "input", datatype: "FP32", shape: [1n, 300n] }];
    const message = create(ModelInferRequestSchema, {
      modelName: "m",
      modelVersion: "v",
      id: "i",
      inputs,
      rawInputContents: [new Uint8Array(1_200)],
    });
    const bytes = Buffer.from(toBinary(ModelInferRequestSchema, message));
    const read = decodeInferRequest(bytes);
    expect(plain(read)).toEqual(plain(message));
    expect(read?.rawInputContents[0]?.buffer).toBe(bytes.buffer);
  });

  test("is left to the library where it is cut off or damaged, and never read as another", () => {
    const bytes = fc.oneof(
      request.map((it) => toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, it))),
      fc.uint8Array({ maxLength: 200 }),
    );
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(255), (whole, cut, byte) => {
        const damaged = Buffer.from(whole.subarray(0, cut % (whole.length + 1)));
        if (damaged.length > 0) damaged[cut % damaged.length] = byte;
        const read = decodeInferRequest(damaged);
        if (read) expect(plain(read)).toEqual(plain(fromBinary(ModelInferRequestSchema, damaged)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a response that is written by hand", () => {
  test("is read as what it was", () => {
    fc.assert(
      fc.property(response, (init) => {
        const message = create(ModelInferResponseSchema, init);
        const bytes = encodeInferResponse(message);
        if (bytes) expect(plain(fromBinary(ModelInferResponseSchema, bytes))).toEqual(plain(message));
      }),
    );
  });

  test("is written, if its tensors are raw and its parameters texts", () => {
    const message = create(ModelInferResponseSchema, {
      modelName: "mödel",
      modelVersion: "v",
      parameters: { release: { parameterChoice: { case: "stringParam", value: "r" } } },
      outputs: [{ name: "output", datatype: "FP32", shape: [1n, 200_000n] }],
      rawOutputContents: [new Uint8Array(800_000)],
    });
    const bytes = encodeInferResponse(message) ?? new Uint8Array();
    expect(plain(fromBinary(ModelInferResponseSchema, bytes))).toEqual(plain(message));
    expect(Buffer.compare(bytes, toBinary(ModelInferResponseSchema, message))).toBe(0);
  });
});

/** Buffers and plain bytes alike. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, plain(it)]));
}
