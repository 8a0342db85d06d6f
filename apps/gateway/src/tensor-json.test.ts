import type { InferTensorContents } from "@throughline/contracts/inference/open_inference_pb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonElements, rawElements, tensorContents } from "./tensor-json.ts";

const failure = (datatype: string, elements: readonly unknown[]): string => {
  try {
    tensorContents(datatype, elements as never, "inputs[0]");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "was taken";
};

describe("elements of JSON", () => {
  const kinds: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
    ["BOOL", fc.boolean()],
    ["INT32", fc.integer()],
    ["INT64", fc.maxSafeInteger()],
    ["UINT32", fc.nat()],
    ["UINT64", fc.maxSafeNat()],
    ["FP32", fc.float({ noNaN: true, noDefaultInfinity: true })],
    ["FP64", fc.double({ noNaN: true, noDefaultInfinity: true })],
    ["BYTES", fc.string({ unit: "binary" })],
  ];

  test.each(kinds)("of %s survive the way into a tensor and back", (datatype, element) => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        const contents: InferTensorContents = tensorContents(datatype, elements as never, "x");
        expect(jsonElements(datatype, contents)).toEqual(elements);
      }),
    );
  });

  test("of 64 bits come exactly as texts, and not at all as numbers beyond 2^53", () => {
    const contents = tensorContents("INT64", ["9223372036854775807", -1], "x");
    expect(contents.int64Contents).toEqual([9223372036854775807n, -1n]);
    expect(jsonElements("INT64", contents)).toEqual(["9223372036854775807", -1]);
    expect(failure("INT64", [1, 2 ** 53])).toBe(
      "inputs[0].data[1]: a number beyond 2^53 is not exact in JSON: send it as text",
    );
  });

  test.each([
    ["FP32", [1, "1"], "inputs[0].data[1]: expected a number within the range of the datatype"],
    ["FP32", [1e39], "inputs[0].data[0]: expected a number within the range of the datatype"],
    ["FP64", [null], "inputs[0].data[0]: expected a number within the range of the datatype"],
    ["BYTES", ["a", 1], "inputs[0].data[1]: expected text"],
    ["FP16", [1], 'inputs[0].datatype: "FP16" is no datatype that JSON can carry here'],
    ["constructor", [1], 'inputs[0].datatype: "constructor" is no datatype that JSON can carry here'],
    ["__proto__", [], 'inputs[0].datatype: "__proto__" is no datatype that JSON can carry here'],
    ["BOOL", [1], /^inputs\[0\]\.data: /],
    ["INT32", [1.5], /^inputs\[0\]\.data: /],
    ["INT32", [2 ** 31], /^inputs\[0\]\.data: /],
    ["UINT32", [-1], /^inputs\[0\]\.data: /],
    ["UINT64", ["-1"], /^inputs\[0\]\.data: /],
  ])("of %s are refused where they do not fit: %j", (datatype, elements, message) => {
    if (typeof message === "string") expect(failure(datatype, elements)).toBe(message);
    else expect(failure(datatype, elements)).toMatch(message);
  });
});

describe("raw bytes", () => {
  test("of half floats are the numbers that the platform reads", () => {
    const bytes = new Uint8Array(new Uint16Array(Array.from({ length: 65_536 }, (_, i) => i)).buffer);
    const view = new DataView(bytes.buffer) as DataView & { getFloat16(at: number, littleEndian: boolean): number };
    const expected = Array.from({ length: 65_536 }, (_, i) => view.getFloat16(i * 2, true));
    expect(rawElements("FP16", bytes)).toEqual(expected.map((it) => (Number.isFinite(it) ? it : null)));
  });

  test("are read in little-endian order", () => {
    expect(rawElements("INT32", Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255))).toEqual([1, -1]);
    expect(rawElements("BOOL", Uint8Array.of(0, 1))).toEqual([false, true]);
    expect(rawElements("BYTES", Uint8Array.of(2, 0, 0, 0, 0x68, 0x69, 0, 0, 0, 0))).toEqual(["hi", ""]);
    expect(rawElements("UINT64", new Uint8Array(8).fill(255))).toEqual(["18446744073709551615"]);
    expect(rawElements("FP64", new Uint8Array(new Float64Array([Number.NaN]).buffer))).toEqual([null]);
  });
});
