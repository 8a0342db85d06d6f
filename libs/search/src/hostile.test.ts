import { DomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { RUNS } from "./dialect.ts";
import { matches } from "./matches.ts";
import { FILTER_LIMITS, parseFilter } from "./parse-filter.ts";
import { parseOrderBy } from "./parse-order-by.ts";

const refusal = (text: string): DomainError => {
  try {
    parseFilter(text, RUNS);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 50)}`);
};

const MANY = 100_000;
const NESTED = 1_000;
const TEST = "tags.a='x'";

describe("hostile filters are refused as the caller's fault", () => {
  test.each<[string, string, string]>([
    ["10,000 terms", Array(10_000).fill(TEST).join(" AND "), "FILTER_TOO_LARGE"],
    [
      "1,001 terms",
      Array(FILTER_LIMITS.termsMax + 1)
        .fill(TEST)
        .join(" OR "),
      "FILTER_TOO_LARGE",
    ],
    [
      "1,001 values",
      `run_id IN (${Array(FILTER_LIMITS.termsMax + 1)
        .fill("'r'")
        .join(",")})`,
      "FILTER_TOO_LARGE",
    ],
    ["1,000 brackets deep", `${"(".repeat(NESTED)}${TEST}${")".repeat(NESTED)}`, "FILTER_TOO_LARGE"],
    ["1,000 times NOT", `${"NOT ".repeat(NESTED)}${TEST}`, "FILTER_TOO_LARGE"],
    ["brackets and NOT in turns", `${"NOT (".repeat(NESTED)}${TEST}${")".repeat(NESTED)}`, "FILTER_TOO_LARGE"],
    ["100,000 brackets", "(".repeat(MANY), "FILTER_TOO_LARGE"],
    ["1 MB of one text", `tags.a = '${"x".repeat(1_000_000)}'`, "FILTER_TOO_LARGE"],
    ["long in bytes, short in characters", `tags.a = '${"日".repeat(30_000)}'`, "FILTER_TOO_LARGE"],
    ["an opening bracket too many", `((${TEST})`, "FILTER_SYNTAX"],
    ["a closing bracket too many", `(${TEST}))`, "FILTER_SYNTAX"],
    ["brackets around nothing", "()", "FILTER_SYNTAX"],
    ["60,000 quotes", "'".repeat(60_001), "FILTER_SYNTAX"],
    ["60,000 quotes with backslashes", `tags.a = "${'\\"'.repeat(30_000)} AND x`, "FILTER_FIELD_UNKNOWN"],
    ["60,000 backticks", `tags.${"`".repeat(60_001)}`, "FILTER_SYNTAX"],
    ["60,000 dots", `tags${".".repeat(60_000)}`, "FILTER_FIELD_UNKNOWN"],
    ["60,000 digits with a letter", `metrics.a > ${"1".repeat(60_000)}x`, "FILTER_SYNTAX"],
    ["60,000 spaces", `metrics.a${" ".repeat(60_000)}x`, "FILTER_SYNTAX"],
    ["60,000 signs", `metrics.a ${"<".repeat(60_000)} 1`, "FILTER_OPERATOR"],
    ["SQL after a semicolon", `${TEST}; DROP TABLE runs`, "FILTER_SYNTAX"],
    ["SQL in a union", `${TEST} UNION SELECT * FROM users`, "FILTER_FIELD_UNKNOWN"],
    ["an SQL comment", `${TEST} -- AND`, "FILTER_SYNTAX"],
    ["always true", "'1'='1'", "FILTER_SYNTAX"],
    ["always true without quotes", "1=1", "FILTER_SYNTAX"],
    ["a sub-query", "run_id IN (SELECT run_id FROM runs)", "FILTER_VALUE"],
    ["$where", "$where = 'sleep(1000)'", "FILTER_SYNTAX"],
    ["$gt", "tags.a = {$gt: ''}", "FILTER_SYNTAX"],
    ["$gt as an operator", "tags.a $gt ''", "FILTER_SYNTAX"],
    ["a NUL", "tags.a\u0000 = 'x'", "FILTER_SYNTAX"],
    ["half a surrogate", "tags.\ud800 = 'x'", "FILTER_FIELD_UNKNOWN"],
    ["a regular expression", "tags.a REGEXP '(a+)+$'", "FILTER_SYNTAX"],
  ])("%s", (_, text, reason) => {
    const error = refusal(text);
    expect(error).toMatchObject({ kind: "invalid", reason });
    expect(error.message.length).toBeLessThan(1000);
  });

  test("100 fields of an order", () => {
    const clauses = Array.from({ length: 100 }, (_, i) => `metrics.m${i}`);
    expect(() => parseOrderBy(clauses, RUNS)).toThrow(expect.objectContaining({ reason: "ORDER_BY_TOO_LARGE" }));
  });
});

describe("hostile texts are only texts", () => {
  test.each(["'; DROP TABLE runs --", "(a+)+$", "{$ne: null}", "%00", "<script>", "\u202e"])("%s", (value) => {
    const filter = parseFilter(`tags.a = "${value}"`, RUNS);
    expect(filter).toEqual({ kind: "comparison", field: { entity: "tag", key: "a" }, operator: "=", value });
  });

  test("a pattern full of wildcards does not go back and forth in the text", () => {
    const filter = parseFilter(`tags.a LIKE '${"%a_".repeat(2_000)}%b'`, RUNS);
    if (!filter) throw new Error("the filter is not empty");
    expect(matches(filter, () => "a".repeat(8_000))).toBe(false);
  });

  test("all that the limits allow is read", () => {
    const { termsMax, depthMax } = FILTER_LIMITS;
    const ids = Array.from({ length: termsMax }, (_, i) => `'${String(i).padStart(36, "0")}'`);
    expect(parseFilter(`run_id IN (${ids.join(", ")})`, RUNS)).toMatchObject({ kind: "in" });
    expect(parseFilter(Array(termsMax).fill(TEST).join(" OR "), RUNS)).toMatchObject({ kind: "or" });
    expect(parseFilter(`${"(".repeat(depthMax)}${TEST}${")".repeat(depthMax)}`, RUNS)).toMatchObject({
      kind: "comparison",
    });
  });
});
