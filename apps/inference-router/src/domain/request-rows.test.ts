import { rowDigest } from "@throughline/kernel";
import { expect, test } from "vitest";
import { requestRows } from "./request-rows.ts";
import type { Tensor } from "./tensor.ts";

const bytes = (name: string, count: number): Tensor => ({
  ...{ name, datatype: "UINT8", shape: [1, count] },
  bytes: new Uint8Array(count).fill(7),
});

test("an image in whole numbers is answered and not logged, since its elements are made values one by one", () => {
  expect(requestRows([bytes("a", 16_384)], 1).map((it) => it.vector.length)).toEqual([16_384]);
  expect(requestRows([bytes("a", 16_385)], 1)).toEqual([]);
  expect(requestRows([bytes("a", 10_000), bytes("b", 10_000)], 1)).toEqual([]);
});

test("what comes as FP32 is logged as it came, however much it is", () => {
  const values = new Float32Array(200_000).fill(0.5);
  const tensor: Tensor = { name: "a", datatype: "FP32", shape: [2, 100_000], bytes: new Uint8Array(values.buffer) };
  const rows = requestRows([tensor], 2);
  expect(rows.map((it) => it.vector.length)).toEqual([100_000, 100_000]);
  expect(rowDigest(rows[0]?.vector.map((it) => it.value) ?? [])).toBe(rowDigest(Array.from(values.subarray(100_000))));
});
