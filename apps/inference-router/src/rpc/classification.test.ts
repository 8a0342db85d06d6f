import { readTexts, writeElements } from "@throughline/kernel/datatypes";
import { expect, test } from "vitest";
import type { Datatype, Tensor } from "../domain/tensor.ts";
import { classified } from "./classification.ts";

const tensor = (
  datatype: Exclude<Datatype, "BYTES">,
  shape: readonly number[],
  values: readonly unknown[],
): Tensor => ({
  name: "scores",
  datatype,
  shape,
  bytes: writeElements(datatype, values) as Uint8Array,
});

const textsOf = (it: Tensor | undefined): readonly string[] =>
  (readTexts(it?.bytes ?? new Uint8Array()) ?? []).map((text) => Buffer.from(text).toString());

test.each<readonly [string, Tensor, number, readonly number[], readonly string[]]>([
  [
    "the largest of each row",
    tensor("FP32", [2, 3], [0.5, 0.25, 1, 3, 1, 2]),
    2,
    [2, 2],
    ["1.000000:2", "0.500000:0", "3.000000:0", "2.000000:2"],
  ],
  ["one row without a dimension of rows", tensor("FP64", [3], [1, 3, 2]), 1, [1], ["3.000000:1"]],
  ["no more than there are", tensor("INT64", [1, 2], [5n, 7n]), 9, [1, 2], ["7:1", "5:0"]],
  [
    "the earlier of equal ones first, NaN last",
    tensor("FP32", [1, 3], [Number.NaN, 1, 1]),
    3,
    [1, 3],
    ["1.000000:1", "1.000000:2", "NaN:0"],
  ],
  ["none of no rows", tensor("FP32", [0, 3], []), 2, [0, 0], []],
])("gives %s", (_what, scores, count, shape, texts) => {
  const classes = classified(scores, count);
  expect(classes).toMatchObject({ name: "scores", datatype: "BYTES", shape });
  expect(textsOf(classes)).toEqual(texts);
});

test("texts are not classified", () => {
  expect(classified({ name: "a", datatype: "BYTES", shape: [0], bytes: new Uint8Array() }, 1)).toBeUndefined();
});
