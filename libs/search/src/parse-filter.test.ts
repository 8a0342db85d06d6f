import { DomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { type Dialect, EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS } from "./dialect.ts";
import type { Expression, Field } from "./expression.ts";
import { parseFilter } from "./parse-filter.ts";

const failure = (text: string, dialect: Dialect = RUNS): DomainError => {
  try {
    parseFilter(text, dialect);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`${text} is accepted`);
};

const param = (key: string): Field => ({ entity: "param", key });
const isOne = (field: Field, value: string | number): Expression => ({
  kind: "comparison",
  field,
  operator: "=",
  value,
});

describe("a filter reads as", () => {
  const START: Field = { entity: "attribute", key: "start_time", type: "time" };
  const a = isOne(param("a"), "1");
  const b = isOne(param("b"), "2");
  const c = isOne(param("c"), "3");
  const [A, B, C] = ["params.a = '1'", "params.b = '2'", "params.c = '3'"];

  test.each<[string, Expression | undefined]>([
    ["", undefined],
    [" \n", undefined],
    [`${A} OR ${B} AND ${C}`, { kind: "or", operands: [a, { kind: "and", operands: [b, c] }] }],
    [`(${A} or ${B}) and ${C}`, { kind: "and", operands: [{ kind: "or", operands: [a, b] }, c] }],
    [`${A} AND (${B} AND ${C})`, { kind: "and", operands: [a, b, c] }],
    [`NOT ${A} AND ${B}`, { kind: "and", operands: [{ kind: "not", operand: a }, b] }],
    [`NOT NOT (${A})`, { kind: "not", operand: { kind: "not", operand: a } }],
    ["params.a = 0.5", isOne(param("a"), 0.5)],
    ["params.a = '0.5'", isOne(param("a"), "0.5")],
    ["params.a IN (1, -2e3,)", { kind: "in", field: param("a"), values: [1, -2000], negated: false }],
    [
      "params.a NOT ILIKE 'x_%'",
      { kind: "like", field: param("a"), pattern: "x_%", caseSensitive: false, negated: true },
    ],
    ["metrics.`val loss` IS NOT NULL", { kind: "isNull", field: { entity: "metric", key: "val loss" }, negated: true }],
    ["params.a-b/c:d@e = 'x'", isOne(param("a-b/c:d@e"), "x")],
    ["params.a = 'C:\\'", isOne(param("a"), "C:\\")],
    ["params.a = E'it\\'s \"\\u00e4\"'", isOne(param("a"), 'it\'s "ä"')],
    ["start_time = '2026-01-31'", isOne(START, Date.UTC(2026, 0, 31))],
    ["created = '2026-01-31T10:30:00.5+02:00'", isOne(START, Date.UTC(2026, 0, 31, 8, 30, 0, 500))],
    ["run.start_time = TIMESTAMP '2026-01-31 10:30'", isOne(START, Date.UTC(2026, 0, 31, 10, 30))],
    ["start_time = 1700000000000", isOne(START, 1_700_000_000_000)],
    ["inputs.dataset.digest = 'd'", isOne({ entity: "dataset", key: "digest" }, "d")],
    [
      "trained_on.feature_view = 'weather:3'",
      isOne({ entity: "lineage", key: "trained_on.feature_view" }, "weather:3"),
    ],
    ["served_by.deployment = 'fraud'", isOne({ entity: "lineage", key: "served_by.deployment" }, "fraud")],
  ])("%s", (text, expected) => {
    expect(parseFilter(text, RUNS)).toEqual(expected);
  });

  test("each kind of thing has attributes of its own", () => {
    const version: Field = { entity: "attribute", key: "version_number", type: "integer" };
    expect(parseFilter("version_number = '5'", MODEL_VERSIONS)).toEqual(isOne(version, 5));
    expect(parseFilter("name = m1", LOGGED_MODELS)).toEqual(
      isOne({ entity: "attribute", key: "name", type: "text" }, "m1"),
    );
    expect(failure("run_name = 'x'", EXPERIMENTS).reason).toBe("FILTER_FIELD_UNKNOWN");
    expect(failure("metrics.a = 1", REGISTERED_MODELS).reason).toBe("FILTER_FIELD_UNKNOWN");
    expect(failure("trained_on.source = 'x'", EXPERIMENTS).reason).toBe("FILTER_FIELD_UNKNOWN");
  });

  test("names that every object has are no fields", () => {
    for (const name of ["constructor", "__proto__", "toString", "constructor.a", "__proto__.a"])
      expect(failure(`${name} = 'x'`).reason).toBe("FILTER_FIELD_UNKNOWN");
    expect(parseFilter("params.__proto__ = 'x'", RUNS)).toEqual(isOne(param("__proto__"), "x"));
  });
});

describe("a wrong filter is refused with the reason, the column and what to write", () => {
  test.each<[string, string, number, RegExp]>([
    ["metrics.a > '0.9'", "FILTER_VALUE", 13, /number without quotes.*Leave the quotes out/],
    ["tags.a = 5", "FILTER_VALUE", 10, /quoted text.*Put it in quotes/],
    ["params.lr > '0.1'", "FILTER_OPERATOR", 11, /params\.lr > 0\.1/],
    ["status >= 'x'", "FILTER_OPERATOR", 8, /LIKE/],
    ["metrics.a LIKE 'x'", "FILTER_OPERATOR", 11, />=/],
    ["start_time NOT LIKE '2026%'", "FILTER_OPERATOR", 12, />=/],
    ["metrics.a == 1", "FILTER_OPERATOR", 11, /Write =\./],
    ["metrics.a <> 1", "FILTER_OPERATOR", 11, /Write !=\./],
    ["start_time > 'yesterday'", "FILTER_VALUE", 14, /2026-01-31/],
    ["start_time > '2026-02-30'", "FILTER_VALUE", 14, /date/],
    ["tags.a = NULL", "FILTER_VALUE", 10, /IS NULL/],
    ["run_id = ('a')", "FILTER_VALUE", 10, /Write IN/],
    ["run_id IN 'a'", "FILTER_SYNTAX", 11, /bracket/],
    ["run_id IN ()", "FILTER_VALUE", 12, /at least one/],
    ["params.a IN (1, 'x')", "FILTER_VALUE", 17, /number/],
    ["run_id IN ('\\x1')", "FILTER_VALUE", 12, /backslash/],
    ["PARAMS.a = 'x'", "FILTER_FIELD_UNKNOWN", 1, /Did you mean params/],
    ["runname = 'x'", "FILTER_FIELD_UNKNOWN", 1, /Did you mean run_name/],
    ["colour = 'x'", "FILTER_FIELD_UNKNOWN", 1, /metrics\.,.*run_id/],
    ["dataset.source = 'x'", "FILTER_FIELD_UNKNOWN", 1, /dataset\.digest/],
    ["trained_on.x = 'x'", "FILTER_FIELD_UNKNOWN", 1, /trained_on\.source/],
    ["tags. = 'x'", "FILTER_FIELD_UNKNOWN", 1, /key/],
    ["tags.ä = 'x' AND tags.b = 'x", "FILTER_SYNTAX", 27, /never closed/],
    ["tags.😀 = 'x'", "FILTER_FIELD_UNKNOWN", 1, /key/],
    ["(tags.a = 'x'", "FILTER_SYNTAX", 14, /closing bracket/],
    ["tags.a = 'x')", "FILTER_SYNTAX", 13, /the end/],
    ["tags.a = 'x' OR", "FILTER_SYNTAX", 16, /a comparison/],
    ["tags.a = 'x' OR tags.b = 'y' tags.c = 'z'", "FILTER_SYNTAX", 30, /AND or OR/],
    ["(tags.a = 'x' AND)", "FILTER_SYNTAX", 18, /a comparison/],
    ["tags.a", "FILTER_SYNTAX", 7, /the end.*IS, NOT, IN/],
    ["tags.a NOT 'x'", "FILTER_SYNTAX", 12, /IN, LIKE or ILIKE/],
    ["'tags.a' = 'x'", "FILTER_SYNTAX", 1, /backticks/],
  ])("%s", (text, reason, column, message) => {
    const error = failure(text);
    expect(error).toMatchObject({ kind: "invalid", reason, metadata: { field: "filter", column: String(column) } });
    expect(error.message).toMatch(message);
    expect(error.violations).toEqual([{ path: "filter", description: expect.stringContaining(`column ${column}`) }]);
  });

  test("what was found is shortened, and the field of the request is named", () => {
    const error = failure(`nosuch${"x".repeat(5000)} = 1`);
    expect(error.message.length).toBeLessThan(600);
    expect(() => parseFilter("nosuch = 1", RUNS, "view.filter")).toThrow(/^view\.filter: column 1/);
  });
});
