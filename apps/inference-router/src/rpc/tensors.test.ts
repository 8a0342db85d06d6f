import { create } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
import { isDomainError } from "@throughline/kernel";
import { countElements, DATATYPES } from "@throughline/kernel/datatypes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { elementCount, type Signature } from "../domain/tensor.ts";
import { tensorsFromProto } from "./tensors.ts";

const SIGNATURE: Signature = {
  inputs: [
    { name: "a", datatype: "FP32", shape: [-1, 2] },
    { name: "b", datatype: "BYTES", shape: [] },
  ],
  outputs: [{ name: "y", datatype: "FP32", shape: [-1] }],
};

const size = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, -1n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: 0n, max: 4n }),
);
const contents = fc.record({
  fp32Contents: fc.array(fc.float(), { maxLength: 6 }),
  bytesContents: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 }),
});
const input = fc.record({
  name: fc.constantFrom("a", "b", "c", "__proto__"),
  datatype: fc.constantFrom(...DATATYPES, "constructor", ""),
  shape: fc.array(size, { maxLength: 4 }),
  contents: fc.option(contents, { nil: undefined }),
});
const lengthThatLies = fc.constantFrom(
  Uint8Array.of(255, 255, 255, 127, 65),
  Uint8Array.of(1, 0, 0),
  Uint8Array.of(1, 0, 0, 0, 65),
);
const raw = fc.oneof(fc.uint8Array({ maxLength: 24 }), lengthThatLies, fc.constant(new Uint8Array(16)));
const request = fc.record({
  inputs: fc.array(input, { maxLength: 3 }),
  outputs: fc.array(fc.record({ name: fc.constantFrom("y", "x") }), { maxLength: 2 }),
  rawInputContents: fc.array(raw, { maxLength: 3 }),
});

test("whatever is asked is refused with the fields at fault, or has as many bytes as its shapes say", () => {
  fc.assert(
    fc.property(request, (asked) => {
      try {
        const tensors = tensorsFromProto(create(ModelInferRequestSchema, asked as never), SIGNATURE);
        for (const it of tensors) expect(countElements(it.datatype, it.bytes)).toBe(elementCount(it.shape));
      } catch (error) {
        if (!isDomainError(error, "INPUTS_INVALID")) throw error;
        expect(error.violations.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("raw contents are taken where they are, without a copy", () => {
  const message = new Uint8Array(64);
  const inputs = [
    { name: "a", datatype: "FP32", shape: [2n, 2n] },
    { name: "b", datatype: "BYTES", shape: [1n] },
  ];
  const rawInputContents = [message.subarray(3, 19), message.subarray(20, 24)];
  const tensors = tensorsFromProto(create(ModelInferRequestSchema, { inputs, rawInputContents }), SIGNATURE);
  expect(tensors.map((it) => [it.bytes.buffer === message.buffer, it.bytes.byteOffset])).toEqual([
    [true, 3],
    [true, 20],
  ]);
});

// With an output named a request never goes the quick way.
test("one input of raw numbers is taken or refused alike on the quick way and on the general one", () => {
  const signature: Signature = {
    inputs: [{ name: "a", datatype: "FP32", shape: [-1, 2] }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1] }],
  };
  const one = fc.record({
    inputs: fc.array(
      fc.record({
        name: fc.constantFrom("a", "a", "b"),
        datatype: fc.constantFrom("FP32", "FP32", "INT32"),
        shape: fc.array(size, { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 1 },
    ),
    rawInputContents: fc.array(
      fc.constantFrom(0, 4, 8, 16, 24).map((it) => new Uint8Array(it)),
      { minLength: 1, maxLength: 1 },
    ),
  });
  const outcome = (asked: unknown): unknown => {
    try {
      return tensorsFromProto(create(ModelInferRequestSchema, asked as never), signature);
    } catch (error) {
      if (!isDomainError(error, "INPUTS_INVALID")) throw error;
      return error.violations;
    }
  };
  fc.assert(
    fc.property(one, (asked) => {
      expect(outcome(asked)).toEqual(outcome({ ...asked, outputs: [{ name: "y" }] }));
    }),
    { numRuns: 2_000 },
  );
});
