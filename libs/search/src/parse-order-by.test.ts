import { describe, expect, test } from "vitest";
import { EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS } from "./dialect.ts";
import { ORDER_LIMITS, parseOrderBy } from "./parse-order-by.ts";

describe("an order", () => {
  test("is the dialect's own if none is named", () => {
    for (const dialect of [RUNS, EXPERIMENTS, LOGGED_MODELS, REGISTERED_MODELS, MODEL_VERSIONS])
      expect(parseOrderBy([], dialect)).toBe(dialect.defaultOrder);
  });

  test("ends with what tells equal things apart, once", () => {
    const keys = parseOrderBy(["metrics.`val loss` desc", "Created"], RUNS);
    expect(keys.map(({ field, direction }) => `${field.entity}.${field.key} ${direction}`)).toEqual([
      "metric.val loss desc",
      "attribute.start_time asc",
      "attribute.run_id asc",
    ]);
  });

  test("of logged models may take a metric on one data set", () => {
    const clause = { fieldName: "metrics.auc", ascending: false, datasetName: "iris", datasetDigest: "d1" };
    expect(
      parseOrderBy([clause, { fieldName: "metrics.auc", datasetName: "mnist" }], LOGGED_MODELS).slice(0, 2),
    ).toEqual([
      { field: { entity: "metric", key: "auc" }, direction: "desc", dataset: { name: "iris", digest: "d1" } },
      { field: { entity: "metric", key: "auc" }, direction: "asc", dataset: { name: "mnist" } },
    ]);
    expect(() => parseOrderBy([{ fieldName: "metrics.a", datasetDigest: "d" }], LOGGED_MODELS)).toThrow(
      /name beside its digest/,
    );
    expect(() => parseOrderBy([{ fieldName: "name", datasetName: "d" }], LOGGED_MODELS)).toThrow(/no metric/);
  });

  test.each<[string, string, RegExp]>([
    ["nosuch", "ORDER_BY_FIELD_UNKNOWN", /order_by\[1\]: column 1: found nosuch/],
    ["dataset.name", "ORDER_BY_FIELD_UNKNOWN", /several/],
    ["trained_on.source DESC", "ORDER_BY_FIELD_UNKNOWN", /several/],
    ["metrics.a DOWN", "ORDER_BY_SYNTAX", /column 11: found DOWN, expected ASC, DESC/],
    ["metrics.a DESC; DROP TABLE runs", "ORDER_BY_SYNTAX", /column 15/],
    ["", "ORDER_BY_SYNTAX", /the end/],
    ["run_id DESC", "ORDER_BY_VALUE", /not in the order yet/],
    [`metrics.${"a".repeat(1000)}`, "ORDER_BY_TOO_LARGE", /1000 characters/],
  ])("refuses %s", (clause, reason, message) => {
    expect(() => parseOrderBy(["run_id", clause], RUNS)).toThrow(
      expect.objectContaining({ reason, message: expect.stringMatching(message) }),
    );
  });

  test("has few fields", () => {
    const clauses = Array.from({ length: ORDER_LIMITS.keysMax + 1 }, (_, i) => `metrics.m${i}`);
    expect(parseOrderBy(clauses.slice(1), RUNS)).toHaveLength(ORDER_LIMITS.keysMax + 2);
    expect(() => parseOrderBy(clauses, RUNS)).toThrow(expect.objectContaining({ reason: "ORDER_BY_TOO_LARGE" }));
  });
});
