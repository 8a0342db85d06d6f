import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXCEPTIONS } from "./exceptions.ts";
import { breaches } from "./problem.ts";
import { RULES } from "./rules.ts";
import { readTree } from "./tree.ts";

const tree = readTree(join(import.meta.dirname, ".."));

describe("the code base keeps its rules:", () => {
  test.each(RULES)("$name", (rule) => {
    const found = breaches(rule, tree, EXCEPTIONS);
    expect(found, `\n${found.join("\n")}\n`).toHaveLength(0);
  });

  test("every exception belongs to a rule", () => {
    const names = RULES.map((it) => it.name);
    expect(EXCEPTIONS.filter((it) => !names.includes(it.rule))).toEqual([]);
  });

  test("the whole tree was read", () => {
    expect(tree.sources.has("libs/kernel/src/index.ts")).toBe(true);
    expect(tree.packages.length).toBeGreaterThan(10);
  });
});
