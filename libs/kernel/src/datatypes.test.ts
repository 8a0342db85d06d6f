import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countElements,
  DATATYPES,
  isDatatype,
  type NumberType,
  readElements,
  readTexts,
  writeElements,
  writeTexts,
} from "./datatypes.ts";

const whole = (bits: number, signed: boolean): fc.Arbitrary<number> =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 });

const ELEMENTS: Readonly<Record<NumberType, fc.Arbitrary<unknown>>> = {
  BOOL: fc.boolean(),
  UINT8: whole(8, false),
  UINT16: whole(16, false),
  UINT32: whole(32, false),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  INT8: whole(8, true),
  INT16: whole(16, true),
  INT32: whole(32, true),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  FP16: fc.float().map((it) => Math.f16round(it)),
  BF16: fc.float().map((it) => readElements("BF16", writeElements("BF16", [brainRange(it)]) as Uint8Array)[0]),
  FP32: fc.float(),
  FP64: fc.double(),
};

/** Numbers that round beyond the largest bfloat16 do not fit it. */
const brainRange = (value: number): number => (Math.abs(value) > 3.38e38 ? 1 : value);

describe("elements", () => {
  test.each(Object.entries(ELEMENTS))("of %s come back as they were written", (datatype, element) => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (elements) => {
        const raw = writeElements(datatype as NumberType, elements);
        expect(raw).toBeInstanceOf(Uint8Array);
        expect(readElements(datatype as NumberType, raw as Uint8Array)).toEqual(elements);
        expect(countElements(datatype as NumberType, raw as Uint8Array)).toBe(elements.length);
      }),
    );
  });

  test.each<readonly [NumberType, readonly unknown[], number]>([
    ["BOOL", [true, 1], 1],
    ["UINT8", [0, 256], 1],
    ["UINT8", [-1], 0],
    ["INT8", [128], 0],
    ["INT32", [1.5], 0],
    ["INT32", [2 ** 31], 0],
    ["INT64", [2 ** 53], 0],
    ["INT64", ["9223372036854775808"], 0],
    ["INT64", ["1e3"], 0],
    ["UINT64", ["-1"], 0],
    ["UINT64", [-1], 0],
    ["UINT64", ["9".repeat(400)], 0],
    ["FP16", [65_504, 65_536], 1],
    ["FP32", [1, 1e39], 1],
    ["FP32", ["1"], 0],
    ["FP64", [null], 0],
  ])("of %s that do not fit are found: %j", (datatype, elements, index) => {
    expect(writeElements(datatype, elements)).toBe(index);
  });

  test("of 64 bits can be written as digits", () => {
    expect(writeElements("INT64", ["-9223372036854775808", -1, 5n])).toEqual(
      new Uint8Array(BigInt64Array.of(-(2n ** 63n), -1n, 5n).buffer),
    );
  });

  test("are little-endian", () => {
    expect(readElements("INT32", Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255))).toEqual([1, -1]);
    expect(readElements("BF16", Uint8Array.of(0x80, 0x3f, 0x00, 0xc0))).toEqual([1, -2]);
  });

  test("of BF16 are rounded to the nearest, ties to even", () => {
    const bits = (value: number) => Buffer.from(writeElements("BF16", [value]) as Uint8Array).readUInt16LE(0);
    // 1 + 2^-8 lies between 1 and 1 + 2^-7; 1 + 3 * 2^-8 between 1 + 2^-7 and 1 + 2^-6.
    expect([bits(1 + 2 ** -8), bits(1 + 3 * 2 ** -8), bits(1 + 2 ** -8 + 2 ** -20)]).toEqual([0x3f80, 0x3f82, 0x3f81]);
    expect([bits(Number.NaN), bits(Number.NEGATIVE_INFINITY)]).toEqual([0x7fc0, 0xff80]);
  });
});

describe("texts", () => {
  test("come back as they were written", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 }), (texts) => {
        expect(readTexts(writeTexts(texts))?.map((it) => [...it])).toEqual(texts.map((it) => [...it]));
      }),
    );
  });

  test.each([
    ["half a length", [1, 0, 0]],
    ["a length beyond the end", [5, 0, 0, 0, 65]],
    ["a length of 2^32 - 1", [255, 255, 255, 255, 65]],
    ["a second length that lies", [1, 0, 0, 0, 65, 255, 255, 255, 127]],
  ])("with %s are none", (_what, bytes) => {
    expect(readTexts(Uint8Array.from(bytes))).toBeUndefined();
    expect(countElements("BYTES", Uint8Array.from(bytes))).toBeUndefined();
  });
});

test("a datatype is one of the protocol, and no word that objects have", () => {
  expect(DATATYPES.every(isDatatype)).toBe(true);
  expect(["FP8", "", "constructor", "__proto__", "toString", "fp32"].some(isDatatype)).toBe(false);
  expect(countElements("INT64", new Uint8Array(12))).toBeUndefined();
});
