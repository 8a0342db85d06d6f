import type { FeatureValue } from "@throughline/kernel";
import { expect, test } from "vitest";
import { convertValue } from "./convert-value.ts";
import type { ValueType } from "./value-type.ts";

const CASES: readonly (readonly [given: FeatureValue, type: ValueType, taken: FeatureValue | undefined])[] = [
  [null, "int64", null],
  [1n, "int64", 1n],
  [2, "int64", 2n],
  [2.5, "int64", undefined],
  [2 ** 53, "int64", undefined],
  ["-9223372036854775808", "int64", -(2n ** 63n)],
  ["9223372036854775808", "int64", undefined],
  ["+7", "int64", 7n],
  ["0x7", "int64", undefined],
  [" 7", "int64", undefined],
  ["", "int64", undefined],
  [true, "int64", undefined],
  [3n, "float64", 3],
  [2n ** 53n + 1n, "float64", undefined],
  ["1e-3", "float64", 0.001],
  ["1e999", "float64", undefined],
  ["+1.", "float64", 1],
  [".5e1", "float64", 5],
  [".", "float64", undefined],
  ["1.2.3", "float64", undefined],
  ["NaN", "float64", undefined],
  [7n, "string", "7"],
  [0.5, "string", undefined],
  ["2026-11-21T10:00:00.000000001+02:00", "timestamp", { ns: 1_795_248_000_000_000_001n }],
  ["2026-11-21T10:00:00", "timestamp", undefined],
  ["2026-13-21T10:00:00Z", "timestamp", undefined],
  ["YQ==", "bytes", new Uint8Array([97])],
  ["YQ", "bytes", undefined],
  [1n, "bool", undefined],
];

test.each(CASES)("%s as %s is %s", (given, type, taken) => expect(convertValue(given, type)).toEqual(taken));

test("a long text that is nearly a number is looked through once", () => {
  const beganMs = performance.now();
  for (const type of ["int64", "float64", "timestamp", "bytes"] as const)
    expect(convertValue(`${"1".repeat(65_535)}-`, type)).toBeUndefined();
  // In all ways to divide the digits it would be some ten seconds.
  expect(performance.now() - beganMs).toBeLessThan(2_000);
});
