import { likePattern } from "@throughline/kernel";
import type { Comparison, ComparisonOperator, Expression, Field, In, Like } from "./expression.ts";
import { numberInText } from "./values.ts";

/**
 * What one thing has for a field: text, or a number for metrics, integers and times (epoch milliseconds); undefined if it has
 * nothing. A list is any number of values, as fields of data sets and lineage have, and metrics of logged models.
 */
export type Lookup = (field: Field) => string | number | readonly (string | number)[] | undefined;

type Value = string | number;
type Test = (lookup: Lookup) => boolean;

/** Compiled once per filter, so that a filter over many things builds its sets and patterns once. */
const compiled = new WeakMap<Expression, Test>();

/** True if the filter holds for the thing behind `lookup`, by the laws of Expression. For small collections: it looks at each thing. */
export function matches(expression: Expression, lookup: Lookup): boolean {
  const known = compiled.get(expression);
  if (known) return known(lookup);
  const test = testOf(expression);
  compiled.set(expression, test);
  return test(lookup);
}

function testOf(expression: Expression): Test {
  switch (expression.kind) {
    case "and": {
      const tests = expression.operands.map(testOf);
      return (lookup) => tests.every((it) => it(lookup));
    }
    case "or": {
      const tests = expression.operands.map(testOf);
      return (lookup) => tests.some((it) => it(lookup));
    }
    case "not": {
      const test = testOf(expression.operand);
      return (lookup) => !test(lookup);
    }
    case "isNull":
      return (lookup) => (valuesOf(expression.field, lookup).length === 0) !== expression.negated;
    case "comparison":
      return some(expression.field, comparison(expression));
    case "in":
      return some(expression.field, isIn(expression));
    case "like":
      return some(expression.field, like(expression));
  }
}

const some =
  (field: Field, holds: (value: Value) => boolean): Test =>
  (lookup) =>
    valuesOf(field, lookup).some(holds);

function valuesOf(field: Field, lookup: Lookup): readonly Value[] {
  const value = lookup(field);
  if (value === undefined) return [];
  return typeof value === "string" || typeof value === "number" ? [value] : value;
}

function comparison({ operator, value }: Comparison): (value: Value) => boolean {
  if (typeof value === "string") return (it) => (it === value) === (operator === "=");
  const holds = NUMBER_TESTS[operator];
  return (it) => {
    const number = numberOf(it);
    return number !== undefined && holds(number, value);
  };
}

const NUMBER_TESTS: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function isIn({ values, negated }: In): (value: Value) => boolean {
  const set: ReadonlySet<Value> = new Set<Value>(values);
  if (typeof values[0] === "string") return (it) => set.has(it) !== negated;
  return (it) => {
    const number = numberOf(it);
    return number !== undefined && set.has(number) !== negated;
  };
}

function like({ pattern, caseSensitive, negated }: Like): (value: Value) => boolean {
  const matchesPattern = likePattern(pattern, caseSensitive);
  return (it) => matchesPattern(String(it)) !== negated;
}

const numberOf = (value: Value): number | undefined => (typeof value === "string" ? numberInText(value) : value);
