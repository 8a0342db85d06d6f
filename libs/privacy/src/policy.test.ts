import { DomainError, type FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyTreatment } from "./apply-treatment.ts";
import { checkPolicy } from "./check-policy.ts";
import { checkPurpose } from "./check-purpose.ts";
import type { Column, Row } from "./column.ts";
import { rotated } from "./key-ring.ts";
import type { ColumnRule, PrivacyPolicy, Treatment } from "./policy.ts";
import { rowTreatment, type TreatmentContext } from "./row-treatment.ts";

const COLUMNS: readonly Column[] = [
  { name: "customer", type: "string" },
  { name: "card", type: "string" },
  { name: "age", type: "int64" },
  { name: "area", type: "string" },
  { name: "born", type: "timestamp" },
  { name: "disease", type: "string" },
  { name: "salary", type: "float64" },
  { name: "clicks", type: "int64" },
];

const rule = (column: string, kind: ColumnRule["class"], treatment?: Treatment): ColumnRule => ({
  column,
  class: kind,
  uses: treatment ? [{ purposes: ["research"], treatment }] : [],
});

const POLICY: PrivacyPolicy = {
  unlisted: "refuse",
  rowsPerClassMin: 2,
  demand: { k: 2, distinctL: 2 },
  columns: [
    {
      column: "customer",
      class: "identifier",
      uses: [
        { purposes: ["audit"], treatment: { kind: "keep" } },
        { purposes: ["research"], treatment: { kind: "pseudonym", domain: "customer" } },
      ],
    },
    rule("card", "identifier", { kind: "format_preserving", domain: "card", alphabet: "0123456789" }),
    rule("age", "quasi_identifier", { kind: "range", edges: [30, 60] }),
    rule("area", "quasi_identifier", { kind: "prefix", characters: 2 }),
    rule("born", "none", { kind: "drop" }),
    rule("disease", "sensitive", {
      kind: "hierarchy",
      table: { flu: ["lung", "all"], asthma: ["lung", "all"] },
      level: 1,
    }),
    rule("salary", "sensitive", { kind: "laplace", low: 0, high: 1_000, sensitivity: 1_000, epsilon: 2 }),
    rule("clicks", "none"),
  ],
};

const context = (change: Partial<TreatmentContext> = {}): TreatmentContext => ({
  purpose: "research",
  keys: rotated([], Buffer.alloc(32, 5)),
  seed: "training-set-1",
  ...change,
});

const person = (i: number, area = `10${i % 3}15`): Row => [
  `c${i}`,
  `4929-1234-${1_000 + i}`,
  BigInt(20 + (i % 2) * 20),
  area,
  { ns: BigInt(i) },
  i % 4 === 0 ? "flu" : i % 4 === 1 ? "unheard-of" : "asthma",
  100 * (i % 7),
  BigInt(i),
];
const PEOPLE = [...Array.from({ length: 12 }, (_, i) => person(i)), person(12, "99999")];
const table = { columns: COLUMNS, rows: () => PEOPLE };
const refused = (reason: string) => expect.objectContaining({ reason });

describe("a purpose", () => {
  test("carries what the policy permits for it, and nothing else", () => {
    expect(checkPurpose(COLUMNS, POLICY, "research")).toEqual([]);
    const audit = checkPurpose(COLUMNS, POLICY, "audit");
    expect(audit.map((it) => it.column)).toEqual(["card", "age", "area", "disease", "salary"]);
    expect(new Set(audit.map((it) => it.reason))).toEqual(new Set(["PURPOSE_NOT_ALLOWED"]));
    expect(audit[0]?.message).toBe(
      "card is an identifier and may be carried for research alone, not for audit. " +
        "Leave it out, or let the policy permit it with a treatment.",
    );
  });
  test("a column without a rule is refused or carried, as the policy says", () => {
    const fresh: readonly Column[] = [{ name: "email", type: "string" }];
    expect(checkPurpose(fresh, POLICY, "audit").map((it) => it.reason)).toEqual(["UNCLASSIFIED"]);
    expect(checkPurpose(fresh, { ...POLICY, unlisted: "carry" }, "audit")).toEqual([]);
  });
  test("a star stands for every purpose, and the first use that fits decides", () => {
    const open: PrivacyPolicy = {
      unlisted: "refuse",
      columns: [{ column: "area", class: "sensitive", uses: [{ purposes: ["*"], treatment: { kind: "blank" } }] }],
    };
    expect(checkPurpose([{ name: "area", type: "string" }], open, "whatever")).toEqual([]);
  });
  test.each<[Column["type"], Treatment]>([
    ["string", { kind: "range", edges: [1] }],
    ["float64", { kind: "prefix", characters: 1 }],
    ["int64", { kind: "calendar", unit: "day" }],
    ["float64", { kind: "format_preserving", domain: "d", alphabet: "01" }],
    ["string", { kind: "laplace", low: 0, high: 1, sensitivity: 1, epsilon: 1 }],
    ["int64", { kind: "laplace", low: 0, high: 1.5, sensitivity: 1, epsilon: 1 }],
  ])("a column of type %s cannot be treated by %o", (type, treatment) => {
    const policy: PrivacyPolicy = { unlisted: "refuse", columns: [rule("x", "sensitive", treatment)] };
    const found = checkPurpose([{ name: "x", type }], policy, "research");
    expect(found.map((it) => it.reason)).toEqual(["TREATMENT_DOES_NOT_FIT"]);
  });
  test("rows are refused before anything is read", () => {
    const reading = () => rowTreatment(POLICY, COLUMNS, context({ purpose: "marketing" }));
    expect(reading).toThrow(refused("PURPOSE_REFUSED"));
    expect(reading).toThrow(
      /customer is an identifier and may be carried for audit, research alone, not for marketing/,
    );
  });
});

describe("a treated table", () => {
  const treated = applyTreatment(POLICY, table, context());

  test("has the columns of the purpose with their new types", () => {
    expect(treated.columns.map((it) => `${it.name}:${it.type}`)).toEqual([
      "customer:string",
      "card:string",
      "age:string",
      "area:string",
      "disease:string",
      "salary:float64",
      "clicks:int64",
    ]);
  });
  test("has lost the rows of small classes, counts what it blanked, and fulfils the k that was asked for", () => {
    expect([treated.rows.length, treated.suppressedRows]).toEqual([12, 1]);
    expect(treated.suppressedCells).toEqual(new Map([["disease", 3]]));
    expect(treated.report.anonymity).toMatchObject({ k: 6, classes: 2, rows: 12 });
    expect(treated.report.unmet.filter((it) => it.demand === "k")).toEqual([]);
  });
  test("shows no identifier", () => {
    const text = treated.rows.flat().join(" ");
    expect(text).not.toMatch(/\bc\d+\b|4929-1234|unheard-of/);
    expect(treated.rows[0]?.slice(2, 5)).toEqual(["(-inf, 30)", "10*", "lung"]);
    expect(treated.rows[0]?.[6]).toBe(0n);
  });
  test("is the same for the same key and seed, and has other noise for another seed, other tokens for another purpose", () => {
    expect(applyTreatment(POLICY, table, context()).rows).toEqual(treated.rows);
    const other = applyTreatment(POLICY, table, context({ seed: "training-set-2" }));
    expect(other.rows.map((it) => it[0])).toEqual(treated.rows.map((it) => it[0]));
    expect(other.rows.map((it) => it[5])).not.toEqual(treated.rows.map((it) => it[5]));
    const rotatedKeys = rotated(context().keys, Buffer.alloc(32, 6));
    const later = applyTreatment(POLICY, table, context({ keys: rotatedKeys }));
    expect(later.rows.map((it) => it[0])).not.toEqual(treated.rows.map((it) => it[0]));
    expect(applyTreatment(POLICY, table, context({ keys: rotatedKeys, keyVersion: 1 })).rows).toEqual(treated.rows);
  });
  test("keeps classes of just as many rows as asked for", () => {
    const with6 = applyTreatment({ ...POLICY, rowsPerClassMin: 6 }, table, context());
    expect([with6.rows.length, with6.suppressedRows]).toEqual([12, 1]);
    expect(applyTreatment({ ...POLICY, rowsPerClassMin: 7 }, table, context()).rows).toEqual([]);
  });
  test("is as anonymous as asked for, whatever the rows", () => {
    const people = fc.array(
      fc.tuple(fc.bigInt({ min: 0n, max: 99n }), fc.constantFrom("1011", "1022", "2033", "30", null)),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(people, fc.integer({ min: 1, max: 6 }), (some, least) => {
        const rows = some.map(([age, area]): FeatureValue[] => ["c", null, age, area, null, null, null, null]);
        const found = applyTreatment(
          { ...POLICY, rowsPerClassMin: least },
          { columns: COLUMNS, rows: () => rows },
          context(),
        );
        expect(found.report.anonymity.k).toBeGreaterThanOrEqual(least);
        expect(found.rows.length + found.suppressedRows).toBe(rows.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a policy that cannot be used is refused with everything that is wrong", () => {
  const use = (treatment: Treatment, purposes: readonly string[] = ["p"]): PrivacyPolicy => ({
    unlisted: "refuse",
    columns: [{ column: "x", class: "identifier", uses: [{ purposes, treatment }] }],
  });
  test.each<[string, PrivacyPolicy, string]>([
    ["an identifier kept for every purpose", use({ kind: "keep" }, ["*"]), "never kept for every purpose"],
    ["no purpose", use({ kind: "blank" }, []), "at least one purpose"],
    ["edges that fall", use({ kind: "range", edges: [2, 1] }), "edges are finite and rise"],
    ["no edges", use({ kind: "range", edges: [] }), "edges are 1 to 1000"],
    ["a prefix of less than nothing", use({ kind: "prefix", characters: -1 }), "characters is a whole number"],
    ["a letter twice", use({ kind: "format_preserving", domain: "d", alphabet: "aa" }), "each once"],
    ["no domain", use({ kind: "pseudonym", domain: "" }), "domain says what kind"],
    ["level 0", use({ kind: "hierarchy", table: {}, level: 0 }), "level is a whole number"],
    [
      "noise without bounds",
      use({ kind: "laplace", low: 1, high: 0, sensitivity: 1, epsilon: 1 }),
      "low has to be below",
    ],
    ["a column twice", { unlisted: "carry", columns: [rule("x", "none"), rule("x", "none")] }, "x is there twice"],
    ["k of a half", { unlisted: "carry", columns: [], demand: { k: 0.5 } }, "demand.k"],
    ["classes of no rows", { unlisted: "carry", columns: [], rowsPerClassMin: 0 }, "rowsPerClassMin"],
  ])("%s", (_, policy, text) => {
    const check = () => checkPolicy(policy);
    expect(check).toThrow(DomainError);
    expect(check).toThrow(text);
  });
  test("the policy of these tests is fine, also after a round trip through JSON", () => {
    expect(() => checkPolicy(JSON.parse(JSON.stringify(POLICY)))).not.toThrow();
  });
});
