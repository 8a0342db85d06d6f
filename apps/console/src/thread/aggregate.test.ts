import { create } from "@bufbuild/protobuf";
import { AggregateFunction, AggregateSchema } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { expect, test } from "vitest";
import { aggregateText } from "./aggregate.ts";

const { APPROXIMATE_DISTINCT, COUNT, FIRST, LAST, QUANTILE, STANDARD_DEVIATION, TOP } = AggregateFunction;

test.each([
  [{ function: COUNT }, "count of rows that became known within 2 h"],
  [{ function: LAST, column: "delay", k: 3 }, "3rd last delay that became known within 2 h"],
  [{ function: FIRST, column: "delay", k: 1 }, "first delay that became known within 2 h"],
  [{ function: TOP, column: "gate", k: 22 }, "22nd most frequent gate that became known within 2 h"],
  [{ function: STANDARD_DEVIATION, column: "x" }, "standard deviation of x that became known within 2 h"],
  [
    { function: QUANTILE, column: "delay", quantile: 0.95, accuracy: 0.005 },
    "95 % quantile of delay that became known within 2 h, within 0.5 % of the exact value",
  ],
  [
    { function: APPROXIMATE_DISTINCT, column: "tail" },
    "approximate distinct of tail that became known within 2 h, with a standard error of 2 %",
  ],
] as const)("%j is %s", (said, text) => {
  expect(aggregateText(create(AggregateSchema, { window: { seconds: 7_200n }, ...said }))).toBe(text);
});
