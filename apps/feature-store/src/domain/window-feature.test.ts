import { describe, expect, test } from "vitest";
import type { Column, ValueType } from "./value-type.ts";
import { aggregateOf, isRunningTotal, resolveWindow, type WindowKind } from "./window-feature.ts";

const window = (over: Partial<WindowKind>): WindowKind => ({
  kind: "aggregate",
  function: "sum",
  column: "c",
  windowNs: 60n,
  ...over,
});
const of = (type: ValueType): Column => ({ name: "c", type, description: "" });

describe("an aggregate over a window", () => {
  test.each<[string, Partial<WindowKind>, Column | undefined]>([
    ["window", { windowNs: 0n }, of("int64")],
    ["window", { windowNs: (1n << 62n) + 1n }, of("int64")],
    ["column", { function: "count" }, of("int64")],
    ["column", {}, undefined],
    ["column", {}, of("string")],
    ["column", { function: "quantile", quantile: 0.5 }, of("timestamp")],
    ["k", { k: 2 }, of("int64")],
    ["k", { function: "last", k: 101 }, of("int64")],
    ["quantile", { function: "last", quantile: 0.5 }, of("int64")],
    ["quantile", { function: "quantile" }, of("int64")],
    ["quantile", { function: "quantile", quantile: 2 }, of("int64")],
    ["accuracy", { function: "distinct", accuracy: 0.1 }, of("int64")],
    ["accuracy", { function: "approximateDistinct", accuracy: 0.001 }, of("int64")],
  ])("is refused by its %s", (field, over, column) => {
    expect(resolveWindow(window(over), column)).toMatchObject({ field: `aggregate.${field}` });
  });

  test.each<[Partial<WindowKind>, ValueType, object]>([
    [{}, "bool", { type: "int64", columnType: "bool" }],
    [{}, "float64", { type: "float64", columnType: "float64" }],
    [{ function: "last" }, "string", { type: "string", columnType: "string", k: 1 }],
    [{ function: "top", k: 3 }, "timestamp", { type: "timestamp", columnType: "timestamp", k: 3 }],
    [
      { function: "quantile", quantile: 0 },
      "int64",
      { type: "float64", columnType: "int64", quantile: 0, accuracy: 0.01 },
    ],
    [{ function: "approximateDistinct" }, "bytes", { type: "int64", columnType: "bytes", accuracy: 0.02 }],
  ])("such as %j over %s has all of its parameters and a type", (over, type, expected) => {
    expect(resolveWindow(window(over), of(type))).toEqual(expected);
  });

  test("of whole numbers is a running total if it can be taken back, also where its column's type was not kept", () => {
    const total = (over: Partial<WindowKind>, columnType?: ValueType) =>
      isRunningTotal({ ...window(over), ...(columnType && { columnType }) });
    expect([total({ function: "count" }), total({}), total({ function: "mean" }, "bool")]).toEqual([true, true, true]);
    expect([total({}, "float64"), total({ function: "max" }), total({ function: "variance" }, "int64")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("means the same with its parameters said and left out", () => {
    expect(aggregateOf(window({ function: "first" }))).toEqual(aggregateOf(window({ function: "first", k: 1 })));
  });
});
