import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonOfRaw, rawOfJson } from "./tensor-json.ts";

const failure = (datatype: string, elements: readonly unknown[]): string => {
  try {
    rawOfJson(datatype, elements as never, "inputs[0]");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "was taken";
};

describe("elements of JSON", () => {
  const kinds: readonly (readonly [string, fc.Arbitrary<unknown>])[] = [
    ["BOOL", fc.boolean()],
    ["INT8", fc.integer({ min: -128, max: 127 })],
    ["INT32", fc.integer()],
    ["INT64", fc.maxSafeInteger()],
    ["UINT32", fc.nat()],
    ["UINT64", fc.maxSafeNat()],
    ["FP16", fc.constantFrom(0, 0.5, -2, 65_504)],
    ["BF16", fc.constantFrom(0, 0.5, -2, 2 ** 100)],
    ["FP32", fc.float({ noNaN: true, noDefaultInfinity: true })],
    ["FP64", fc.double({ noNaN: true, noDefaultInfinity: true })],
    ["BYTES", fc.string({ unit: "binary" })],
  ];

  test.each(kinds)("of %s survive the way into a tensor and back", (datatype, element) => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        expect(jsonOfRaw(datatype, rawOfJson(datatype, elements as never, "x"))).toEqual(elements);
      }),
    );
  });

  test("of 64 bits come exactly as texts, and not at all as numbers beyond 2^53", () => {
    const raw = rawOfJson("INT64", ["9223372036854775807", -1], "x");
    expect([...new BigInt64Array(raw.buffer)]).toEqual([9223372036854775807n, -1n]);
    expect(jsonOfRaw("INT64", raw)).toEqual(["9223372036854775807", -1]);
    expect(failure("INT64", [1, 2 ** 53])).toBe(
      "inputs[0].data[1]: a number beyond 2^53 is not exact in JSON: send it as text",
    );
  });

  test("that JSON has no number for are null", () => {
    const raw = new Uint8Array(new Float64Array([Number.NaN, Number.POSITIVE_INFINITY, 1]).buffer);
    expect(jsonOfRaw("FP64", raw)).toEqual([null, null, 1]);
  });

  const outside = "expected a number within the range of the datatype";
  test.each([
    ["FP32", [1, "1"], `inputs[0].data[1]: ${outside}`],
    ["FP32", [1e39], `inputs[0].data[0]: ${outside}`],
    ["FP64", [null], `inputs[0].data[0]: ${outside}`],
    ["BYTES", ["a", 1], "inputs[0].data[1]: expected text"],
    ["FP8", [1], 'inputs[0].datatype: "FP8" is no datatype'],
    ["constructor", [1], 'inputs[0].datatype: "constructor" is no datatype'],
    ["__proto__", [], 'inputs[0].datatype: "__proto__" is no datatype'],
    ["BOOL", [1], "inputs[0].data[0]: expected true or false"],
    ["INT32", [1.5], `inputs[0].data[0]: ${outside}`],
    ["INT32", [2 ** 31], `inputs[0].data[0]: ${outside}`],
    ["UINT32", [0, -1], `inputs[0].data[1]: ${outside}`],
    ["UINT64", ["-1"], `inputs[0].data[0]: ${outside}`],
    ["INT8", [[1]], `inputs[0].data[0]: ${outside}`],
  ])("of %s are refused where they do not fit: %j", (datatype, elements, message) => {
    expect(failure(datatype, elements)).toBe(message);
  });
});
