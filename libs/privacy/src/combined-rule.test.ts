import { describe, expect, test } from "vitest";
import { combinedRule } from "./combined-rule.ts";
import { parseKeyRing, ringOf } from "./key-ring.ts";
import type { ColumnClass, PrivacyPolicy, Treatment } from "./policy.ts";
import { pseudonyms } from "./pseudonym.ts";

const policy = (kind: ColumnClass, treatment: Treatment | undefined, unlisted: "carry" | "refuse" = "carry") => ({
  policy: {
    columns: [{ column: "c", class: kind, uses: treatment ? [{ purposes: ["model"], treatment }] : [] }],
    unlisted,
  } satisfies PrivacyPolicy,
  column: "c",
});
const BLANK: Treatment = { kind: "blank" };

describe("the rule of a column under several policies", () => {
  test("is open where there are none, and under its own name where there are", () => {
    expect(combinedRule("x", [], "model")).toMatchObject({ column: "x", class: "none" });
    expect(combinedRule("x", [policy("sensitive", BLANK)], "model")).toEqual({
      column: "x",
      class: "sensitive",
      uses: [{ purposes: ["model"], treatment: BLANK }],
    });
  });

  test("has the strictest class, and the one treatment that somebody asks for", () => {
    const keep = policy("quasi_identifier", { kind: "keep" });
    expect(combinedRule("x", [keep, policy("identifier", BLANK)], "model")).toMatchObject({
      class: "identifier",
      uses: [{ treatment: BLANK }],
    });
  });

  test("permits nothing that one of them does not", () => {
    const refusing = policy("sensitive", undefined);
    expect(combinedRule("x", [policy("none", { kind: "keep" }), refusing], "model")).toMatchObject({ uses: [] });
    const unnamed = { ...policy("none", BLANK, "refuse"), column: "other" };
    expect(combinedRule("x", [unnamed], "model")).toBeUndefined();
  });

  test("is none if they treat it differently", () => {
    const other = policy("sensitive", { kind: "pseudonym", domain: "d" });
    expect(combinedRule("x", [policy("sensitive", BLANK), other], "model")).toMatchObject({
      reason: "RULES_DISAGREE",
      column: "x",
    });
  });
});

test("tokens of two tenants have nothing in common, and those of one are always the same", () => {
  const ring = parseKeyRing(`1 ${Buffer.alloc(32, 1).toString("base64")}`);
  const token = (tenant: string) => pseudonyms(ringOf(ring, tenant), { purpose: "p", domain: "d" })("ann");
  expect(token("a")).toBe(token("a"));
  expect(new Set([token("a"), token("b"), pseudonyms(ring, { purpose: "p", domain: "d" })("ann")]).size).toBe(3);
  expect(ringOf([], "a")).toEqual([]);
});
