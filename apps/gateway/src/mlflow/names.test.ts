import { describe, expect, test } from "vitest";
import { checkedKey, cut, inventedName } from "./names.ts";

describe("names of metrics, params and tags", () => {
  test.each([
    "a",
    "a b",
    "a/b",
    "a.b",
    "a-b",
    "a_b",
    "a:b",
    "ä",
    "日本",
    "mlflow.runName",
    "...",
    ".hidden",
    "x".repeat(250),
  ])("%j is one", (key) => expect(checkedKey(key, "key")).toBe(key));

  test.each([
    "",
    "a\nb",
    "a\u0000",
    "a%b",
    "a\\b",
    "🎉",
    "x".repeat(251),
    "x".repeat(10_000_000),
    "../up",
    "..",
    ".",
    "/root",
    "a//b",
    "a/./b",
    "a/../b",
    "a/",
    "__proto__",
    "a\u202eb",
  ])("%.40j is none", (key) => expect(() => checkedKey(key, "metrics[3].key")).toThrow(/metrics\[3\]\.key/));
});

test("what is too long is cut after so many characters, a pair of surrogates being one", () => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("abc");
  expect(cut("ab🎉", 3)).toBe("ab🎉");
  expect(cut("a🎉bc", 3)).toBe("a🎉b");
  expect(cut("🎉🎉🎉", 2)).toBe("🎉🎉");
});

test("a run that was given no title gets one", () => {
  for (const random of [0, 0.5, 0.999_999]) expect(inventedName(() => random)).toMatch(/^[a-z]+-[a-z]+-\d{1,3}$/);
});
