import { invalidCall } from "./errors.ts";
import { type Field, fieldOf } from "./field.ts";
import type { Comparison, Condition, Filter, Scalar } from "./filter.ts";
import { STORE_LIMITS } from "./limits.ts";

/** The kinds of scalar that are compared with each other. */
export type ScalarKind = "number" | "text" | "boolean";

export type ComparisonOperator = "eq" | "lt" | "lte" | "gt" | "gte";

/** A checked filter with as few kinds of node as possible: what adapters translate. */
export type Node =
  | { readonly kind: "and" | "or"; readonly nodes: readonly Node[] }
  | { readonly kind: "not"; readonly node: Node }
  | { readonly kind: "compare"; readonly operator: ComparisonOperator; readonly field: Field; readonly value: Scalar }
  | { readonly kind: "in"; readonly field: Field; readonly values: readonly Scalar[] }
  | { readonly kind: "exists"; readonly field: Field }
  | { readonly kind: "prefix" | "containsText"; readonly field: Field; readonly text: string }
  | { readonly kind: "contains"; readonly field: Field; readonly value: Scalar };

/** Matches every document. */
export const EVERYTHING: Node = { kind: "and", nodes: [] };

/** Checks a filter against the limits and rewrites it. Fails with INVALID_STORE_CALL. */
export function nodeOf<T>(filter: Filter<T> | undefined): Node {
  if (filter === undefined) return EVERYTHING;
  const budget = { left: STORE_LIMITS.conditionsMax };
  return translate(filter, budget);
}

export function kindOf(value: Scalar): ScalarKind {
  if (typeof value === "string") return "text";
  return typeof value === "boolean" ? "boolean" : "number";
}

/** Groups values of one kind, since only those compare. */
export const byKind = (values: readonly Scalar[]): readonly (readonly [ScalarKind, readonly Scalar[]])[] => [
  ...Map.groupBy(values, kindOf),
];

/** The lowest text above all texts that start with `prefix`, undefined if there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = (points.pop() as string).codePointAt(0) as number;
    if (last === 0x10ffff) continue;
    // The code points of surrogates are no characters: U+E000 follows U+D7FF.
    return points.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

function translate<T>(filter: Filter<T>, budget: { left: number }): Node {
  budget.left -= 1;
  if (budget.left < 0) throw invalidCall("where", `it has more than ${STORE_LIMITS.conditionsMax} conditions`);
  if ("and" in filter) return { kind: "and", nodes: filter.and.map((it) => translate(it, budget)) };
  if ("or" in filter) return { kind: "or", nodes: filter.or.map((it) => translate(it, budget)) };
  if ("not" in filter) return { kind: "not", node: translate(filter.not, budget) };
  return condition(fieldOf(filter.field), filter as Condition<unknown>);
}

function condition(field: Field, comparison: Comparison): Node {
  if ("exists" in comparison)
    return comparison.exists ? { kind: "exists", field } : { kind: "not", node: { kind: "exists", field } };
  if ("in" in comparison) {
    if (comparison.in.length > STORE_LIMITS.documentsMax)
      throw invalidCall("where", `in has more than ${STORE_LIMITS.documentsMax} values`);
    return { kind: "in", field, values: comparison.in.map(comparable) };
  }
  if ("prefix" in comparison) return { kind: "prefix", field, text: comparableText(comparison.prefix) };
  if ("containsText" in comparison)
    return { kind: "containsText", field, text: comparableText(comparison.containsText) };
  if ("contains" in comparison) return { kind: "contains", field, value: comparable(comparison.contains) };
  if ("ne" in comparison) return { kind: "not", node: compare(field, "eq", comparison.ne) };
  for (const operator of ["eq", "lt", "lte", "gt", "gte"] as const)
    if (operator in comparison)
      return compare(field, operator, (comparison as Record<ComparisonOperator, Scalar>)[operator]);
  throw invalidCall("where", "a condition has no comparison");
}

const compare = (field: Field, operator: ComparisonOperator, value: Scalar): Node => ({
  kind: "compare",
  operator,
  field,
  value: comparable(value),
});

function comparable(value: Scalar): Scalar {
  if (typeof value === "string") return comparableText(value);
  if (Number.isNaN(value)) throw invalidCall("where", "NaN compares with nothing; use exists");
  if (!["number", "bigint", "boolean"].includes(typeof value))
    throw invalidCall("where", `${value} is no text, number or boolean; use exists for fields that are not set`);
  if (typeof value === "bigint" && BigInt.asIntN(64, value) !== value)
    throw invalidCall("where", `${value} does not fit in 64 bits`);
  return value;
}

function comparableText(text: string): string {
  if (typeof text !== "string" || !text.isWellFormed()) throw invalidCall("where", "the text has a lone surrogate");
  return text;
}
