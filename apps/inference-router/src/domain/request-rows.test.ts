import { rowDigest } from "@throughline/kernel";
import { expect, test } from "vitest";
import { requestRow, tensorsByRow } from "./request-rows.ts";
import type { Tensor } from "./tensor.ts";

test("the elements of several tensors are one row, in the order of the tensors", () => {
  const numbers: Tensor = { name: "a", datatype: "UINT8", shape: [2, 2], bytes: Uint8Array.of(1, 2, 3, 4) };
  const single = new Uint8Array(new Float32Array([0.5, -1]).buffer);
  const more: Tensor = { name: "b", datatype: "FP32", shape: [2, 1], bytes: single };
  const rows = tensorsByRow([numbers, more], 2).map(requestRow);
  expect(rows.map((it) => it.vector.map(({ value }) => value))).toEqual([
    [1, 2, 0.5],
    [3, 4, -1],
  ]);
});

test("a row of FP32 has the digest of its values", () => {
  const values = new Float32Array(200_000).fill(0.5);
  const tensor: Tensor = { name: "a", datatype: "FP32", shape: [2, 100_000], bytes: new Uint8Array(values.buffer) };
  const rows = tensorsByRow([tensor], 2).map(requestRow);
  expect(rows.map((it) => it.vector.length)).toEqual([100_000, 100_000]);
  expect(rowDigest(rows[0]?.vector.map((it) => it.value) ?? [])).toBe(rowDigest(Array.from(values.subarray(100_000))));
});
