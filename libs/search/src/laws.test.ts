import { isDomainError } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBy } from "./compare-by.ts";
import { RUNS } from "./dialect.ts";
import type { Expression, Field, OrderKey } from "./expression.ts";
import { type Lookup, matches } from "./matches.ts";
import { parseFilter } from "./parse-filter.ts";
import { parseOrderBy } from "./parse-order-by.ts";
import { printFilter } from "./print-filter.ts";
import { numberInText } from "./values.ts";

const TEXTS = [
  "",
  "a",
  "A",
  "ab",
  "it's",
  'a "b"',
  'it\'s "x"',
  "C:\\",
  "\\'",
  "''",
  "0.1",
  "1e-1",
  "5",
  "日本",
  "😀",
  "%",
  "_",
  "line\n",
];
const NUMBERS = [0, 1, -1, 0.1, 5, 1e-7, 1e21, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const key = fc.constantFrom(
  "a",
  "a b",
  "a.b",
  "a-b/c",
  "with`tick",
  'with"quote',
  "it's",
  "AND",
  "1",
  "__proto__",
  "ä 😀",
);
const keyed = (entity: "metric" | "param" | "tag") => key.map((it) => ({ entity, key: it }) as Field);
const metric = keyed("metric");
const time = fc.constantFrom<Field>({ entity: "attribute", key: "start_time", type: "time" });
const param = keyed("param");
const plainText = fc.oneof(
  keyed("tag"),
  fc.constantFrom<Field>(
    { entity: "attribute", key: "run_name", type: "text" },
    { entity: "dataset", key: "digest" },
    { entity: "lineage", key: "trained_on.feature_view" },
  ),
);
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: "binary", maxLength: 6 }));
const number = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc.double({ noNaN: true }).map((it) => it + 0),
);
const negated = fc.boolean();

const leaf = fc.oneof(
  fc.record({
    kind: fc.constant("comparison" as const),
    field: fc.oneof(metric, time, param),
    operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">="),
    value: number,
  }),
  fc.record({
    kind: fc.constant("comparison" as const),
    field: fc.oneof(plainText, param),
    operator: fc.constantFrom("=", "!="),
    value: text,
  }),
  fc.record({
    kind: fc.constant("like" as const),
    field: fc.oneof(plainText, param),
    pattern: text,
    caseSensitive: fc.boolean(),
    negated,
  }),
  fc.record({
    kind: fc.constant("in" as const),
    field: fc.oneof(metric, time, param),
    values: fc.array(number, { minLength: 1, maxLength: 3 }),
    negated,
  }),
  fc.record({
    kind: fc.constant("in" as const),
    field: fc.oneof(plainText, param),
    values: fc.array(text, { minLength: 1, maxLength: 3 }),
    negated,
  }),
  fc.record({ kind: fc.constant("isNull" as const), field: fc.oneof(metric, time, param, plainText), negated }),
) as fc.Arbitrary<Expression>;

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.record({ kind: fc.constant("not" as const), operand: tie("expression") }),
    fc
      .tuple(
        fc.constantFrom("and" as const, "or" as const),
        fc.array(tie("expression"), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, operands]) => ({
        kind,
        operands: operands.flatMap((it) => (it.kind === kind ? it.operands : [it])),
      })),
  ),
}));

const has = fc
  .dictionary(
    fc.constantFrom("metric", "param", "tag", "attribute", "dataset", "lineage"),
    fc.array(fc.nat(99), { maxLength: 3 }),
  )
  .map(
    (picks): Lookup =>
      (field) => {
        const picked = picks[field.entity] ?? [];
        if (field.entity === "dataset" || field.entity === "lineage")
          return picked.map((it) => TEXTS[it % TEXTS.length] as string);
        const [first] = picked;
        if (first === undefined || (first + field.key.length) % 5 === 0) return undefined;
        const isNumber = field.entity === "metric" || (field.entity === "attribute" && field.type === "time");
        return isNumber ? [...NUMBERS, Number.NaN][first % 11] : TEXTS[first % TEXTS.length];
      },
  );

describe("laws", () => {
  test("a printed filter parses back to the same tree, and prints the same again", () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const printed = printFilter(tree);
        const parsed = parseFilter(printed, RUNS) as Expression;
        expect(parsed).toEqual(tree);
        expect(printFilter(parsed)).toBe(printed);
      }),
      { numRuns: 2000 },
    );
  });

  test("the evaluator agrees with the laws of Expression, taken word by word", () => {
    fc.assert(
      fc.property(expression, has, (tree, lookup) => {
        expect(matches(tree, lookup)).toBe(holds(tree, lookup));
      }),
      { numRuns: 3000 },
    );
  });

  test("whatever the text, it is parsed or refused as the caller's fault", () => {
    const pieces = fc.constantFrom(
      ..."metrics.a|tags.`b`|params.c|run_id|=|!=|>|LIKE|IN|NOT|IS|NULL|AND|OR|(|)|,|'x'|\"y\"|1|-2.5|'|\"|`|.|E'|\\|;|😀".split(
        "|",
      ),
    );
    const soup = fc.array(pieces, { maxLength: 25 }).chain((it) => fc.constantFrom(it.join(" "), it.join("")));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: "binary" })), (it) => {
        const tree = parsedOrRefused(it);
        if (tree) expect(parseFilter(printFilter(tree), RUNS)).toEqual(tree);
      }),
      { numRuns: 5000 },
    );
  });

  test("an order is total: sorting is by rank, and any two different ids differ", () => {
    const value = fc.option(fc.oneof(fc.constantFrom(...NUMBERS, Number.NaN)), { nil: undefined });
    const rows = fc.array(fc.tuple(value, fc.option(text, { nil: undefined })), { maxLength: 12 });
    fc.assert(
      fc.property(rows, fc.constantFrom("ASC", "DESC"), fc.constantFrom("ASC", "DESC"), (all, first, second) => {
        const keys = parseOrderBy([`metrics.a ${first}`, `tags.b ${second}`], RUNS);
        const lookup = (i: number) => (it: OrderKey) => {
          if (it.field.entity === "metric") return all[i]?.[0];
          if (it.field.entity === "tag") return all[i]?.[1];
          return it.field.key === "run_id" ? String(i).padStart(3, "0") : undefined;
        };
        const compare = compareBy(keys, lookup);
        const sorted = [...all.keys()].sort(compare);
        for (const [at, i] of sorted.entries())
          for (const j of sorted.slice(at + 1)) {
            expect(compare(i, j)).toBeLessThan(0);
            expect(compare(j, i)).toBeGreaterThan(0);
          }
        const metrics = sorted.map((i) => all[i]?.[0]);
        const numbers = metrics.filter((it) => it !== undefined && !Number.isNaN(it)) as number[];
        const upwards = numbers.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const missing = metrics.filter((it) => it === undefined);
        const nans = metrics.filter((it) => Number.isNaN(it));
        expect(metrics).toEqual([...(first === "ASC" ? upwards : upwards.toReversed()), ...nans, ...missing]);
      }),
    );
  });

  test("text is ordered by code point, not by UTF-16 unit", () => {
    const keys = parseOrderBy(["run_id"], RUNS);
    const sorted = ["😀", "\uffee", "a", ""].sort(
      compareBy(
        keys,
        (it: string) =>
          ({ field }) =>
            field.key === "run_id" ? it : 0,
      ),
    );
    expect(sorted).toEqual(["", "a", "\uffee", "😀"]);
  });
});

function parsedOrRefused(text: string): Expression | undefined {
  try {
    return parseFilter(text, RUNS);
  } catch (error) {
    if (!isDomainError(error) || error.kind !== "invalid" || !error.reason.startsWith("FILTER_")) throw error;
    return undefined;
  }
}

function holds(tree: Expression, lookup: Lookup): boolean {
  if (tree.kind === "and") return !tree.operands.some((it) => !holds(it, lookup));
  if (tree.kind === "or") return tree.operands.some((it) => holds(it, lookup));
  if (tree.kind === "not") return !holds(tree.operand, lookup);
  const values = [lookup(tree.field) ?? []].flat();
  if (tree.kind === "isNull") return tree.negated ? values.length > 0 : values.length === 0;
  return values.some((it) => {
    if (tree.kind === "like") return like(tree.pattern, String(it), tree.caseSensitive) !== tree.negated;
    const operands = tree.kind === "in" ? [...tree.values] : [tree.value];
    const value = typeof operands[0] === "number" && typeof it === "string" ? numberInText(it) : it;
    if (value === undefined) return false;
    if (tree.kind === "in") return operands.some((one) => one === value) !== tree.negated;
    const [operand] = operands as [string | number];
    const less = value < operand;
    const more = value > operand;
    return {
      "=": value === operand,
      "!=": value !== operand,
      "<": less,
      ">": more,
      "<=": less || value === operand,
      ">=": more || value === operand,
    }[tree.operator];
  });
}

function like(pattern: string, text: string, caseSensitive: boolean): boolean {
  const literal = pattern
    .replace(/[.*+?^${}()|[\]\\/]/gu, "\\$&")
    .replaceAll("%", "[^]*")
    .replaceAll("_", "[^]");
  const lower = (it: string): string => (caseSensitive ? it : it.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  return new RegExp(`^${lower(literal)}$`, "u").test(lower(text));
}
