import { rowDigest } from "@throughline/kernel";
import { expect, test } from "vitest";
import { hasNoNumber, requestRow, rowsOfNoNumber, tensorsByRow } from "./request-rows.ts";
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

const tensorOf = (datatype: Tensor["datatype"], shape: readonly number[], values: ArrayBufferView): Tensor => ({
  name: "a",
  datatype,
  shape,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

test("a number that is none is found in any type that has such numbers, and nothing is read beyond the first", () => {
  const rows = (last: number) => [
    tensorOf("FP64", [3, 2], Float64Array.of(0, 1, 2, 3, 4, last)),
    tensorOf("FP32", [3, 2], Float32Array.of(0, 1, 2, 3, 4, last)),
    tensorOf("FP16", [3, 2], Float16Array.of(0, 1, 2, 3, 4, last)),
  ];
  for (const last of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(rows(last).map((it) => hasNoNumber([it]))).toEqual([true, true, true]);
  expect(hasNoNumber(rows(5))).toBe(false);
  expect(hasNoNumber([tensorOf("FP32", [1_000], Float32Array.of(Number.NaN))])).toBe(true);
  // Texts and whole numbers have none: they are not read.
  const unread: readonly Tensor[] = [
    tensorOf("BYTES", [1], Uint8Array.of(1)),
    tensorOf("INT64", [1], Uint8Array.of(1)),
  ];
  expect(hasNoNumber(unread)).toBe(false);
});

test("of rows without a score those are told whose own numbers are none", () => {
  const numbers = tensorOf("FP32", [4, 2], Float32Array.of(0, 1, Number.NaN, 3, 4, 5, 6, Number.NaN));
  const more = tensorOf("FP64", [4, 1], Float64Array.of(0, 1, Number.NEGATIVE_INFINITY, 3));
  const scores = [Number.NaN, 0.5, Number.NaN, Number.NaN];
  expect(rowsOfNoNumber([numbers, more], scores)).toEqual([false, false, true, true]);
  expect(rowsOfNoNumber([numbers, more], [0, 1, 2, 3])).toBeUndefined();
  expect(rowsOfNoNumber([numbers], [Number.NaN, 0.5, 0.5, 0.5])).toBeUndefined();
});
