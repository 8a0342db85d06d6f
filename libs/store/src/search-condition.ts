import type { ComparisonOperator } from "./condition.ts";
import { invalidCall } from "./errors.ts";
import { ID } from "./filter.ts";
import type { LikePattern } from "./like.ts";
import { STORE_LIMITS } from "./limits.ts";
import type { AttributeCondition, AttributeFilter, AttributeName, AttributeOrder, AttributeValue } from "./search.ts";

/** A checked filter: what adapters translate. */
export type SearchNode =
  | { readonly kind: "and" | "or"; readonly nodes: readonly SearchNode[] }
  | { readonly kind: "not"; readonly node: SearchNode }
  | SearchLeaf;

/** A checked comparison of one attribute. */
export type SearchLeaf = { readonly name: AttributeName } & (
  | { readonly kind: "compare"; readonly operator: ComparisonOperator | "ne"; readonly value: AttributeValue }
  | { readonly kind: "in"; readonly values: readonly AttributeValue[] }
  | { readonly kind: "prefix"; readonly text: string }
  | { readonly kind: "like"; readonly pattern: LikePattern }
  | { readonly kind: "exists" }
);

/** One step of a total order, which ends with the id. */
export interface SearchOrder {
  readonly name: AttributeName;
  readonly descending: boolean;
}

/** Checks a filter against the limits and rewrites it. Fails with INVALID_STORE_CALL. */
export function searchNode(filter: AttributeFilter | undefined): SearchNode {
  const budget = { left: STORE_LIMITS.searchConditionsMax };
  return filter === undefined ? { kind: "and", nodes: [] } : translate(filter, budget);
}

function translate(filter: AttributeFilter, budget: { left: number }): SearchNode {
  budget.left -= 1;
  if (budget.left < 0) throw invalidCall("where", `it has more than ${STORE_LIMITS.searchConditionsMax} conditions`);
  if ("and" in filter) return { kind: "and", nodes: filter.and.map((it) => translate(it, budget)) };
  if ("or" in filter) return { kind: "or", nodes: filter.or.map((it) => translate(it, budget)) };
  if ("not" in filter) return { kind: "not", node: translate(filter.not, budget) };
  return leaf(checkName(filter.attribute), filter);
}

const OPERATORS = ["eq", "ne", "lt", "lte", "gt", "gte"] as const;

function leaf(name: AttributeName, condition: AttributeCondition): SearchNode {
  if ("exists" in condition) {
    const exists: SearchNode = name === ID ? { kind: "and", nodes: [] } : { kind: "exists", name };
    return condition.exists ? exists : { kind: "not", node: exists };
  }
  if ("in" in condition) {
    // Ids come from other searches, and are many; attributes are compared with what somebody wrote down.
    const most = name === ID ? STORE_LIMITS.subjectsMax : STORE_LIMITS.documentsMax;
    if (condition.in.length > most) throw invalidCall("where", `in has more than ${most} values`);
    return { kind: "in", name, values: condition.in.map(checkOperand) };
  }
  if ("prefix" in condition) return { kind: "prefix", name, text: checkText(condition.prefix) };
  if ("like" in condition) {
    if (checkText(condition.like).length > STORE_LIMITS.likeLengthMax)
      throw invalidCall("where", `a pattern has more than ${STORE_LIMITS.likeLengthMax} characters`);
    return { kind: "like", name, pattern: { text: condition.like, ignoreCase: condition.ignoreCase === true } };
  }
  for (const operator of OPERATORS) {
    if (operator in condition) {
      const value = checkOperand((condition as unknown as Record<typeof operator, AttributeValue>)[operator]);
      return { kind: "compare", operator, name, value };
    }
  }
  throw invalidCall("where", "a condition has no comparison");
}

function checkOperand(value: AttributeValue): AttributeValue {
  if (typeof value === "string") return checkText(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value + 0;
  throw invalidCall("where", `${value} is no text, number or boolean; use exists for what a subject does not have`);
}

function checkText(text: string): string {
  if (typeof text !== "string" || !text.isWellFormed()) throw invalidCall("where", "the text has a lone surrogate");
  return text;
}

/** The total order of a search: each attribute once, and the id last. */
export function searchOrder(orderBy: readonly AttributeOrder[]): readonly SearchOrder[] {
  const terms = new Map<AttributeName, SearchOrder>();
  const last: AttributeOrder = { attribute: ID };
  for (const { attribute, descending = false } of [...orderBy, last]) {
    if (!terms.has(attribute)) terms.set(attribute, { name: checkName(attribute), descending });
    // Nothing after the id makes a difference.
    if (attribute === ID) break;
  }
  if (terms.size > STORE_LIMITS.ordersMax + 1)
    throw invalidCall("orderBy", `it has more than ${STORE_LIMITS.ordersMax} attributes`);
  return [...terms.values()];
}

/** Refuses a name that some adapter could not keep. */
export function checkName(name: AttributeName): AttributeName {
  if (name === ID) return name;
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > STORE_LIMITS.attributeNameBytesMax || name.includes("\0") || !name.isWellFormed())
    throw invalidCall(
      "attribute",
      `a name has 1 to ${STORE_LIMITS.attributeNameBytesMax} bytes, no NUL and no lone surrogate`,
    );
  return name;
}
