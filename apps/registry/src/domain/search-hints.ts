import type { Expression, Field } from "@throughline/search";
import type { FieldPath, Filter, Scalar } from "@throughline/store";

/** Longer filters are not handed to the store. */
const HINTS_MAX = 50;

type Like = Extract<Expression, { readonly kind: "like" }>;

/** How a store finds what a field of a filter has. Undefined where it does not know. */
export type StoredField<T> = (field: Field) =>
  | {
      readonly path: FieldPath<T>;
      /** The stored form of a value; undefined if nothing has the value. */
      readonly stored?: (value: string | number) => Scalar | undefined;
    }
  | undefined;

/** The part of a filter that a store can decide: everything that the whole holds for is found by it. */
export function hintOf<T>(expression: Expression | undefined, fieldOf: StoredField<T>): Filter<T> {
  const found = expression && hint(expression, fieldOf);
  return found && conditions(found) <= HINTS_MAX ? found : { and: [] };
}

/** Undefined: nothing can be said. */
function hint<T>(expression: Expression, fieldOf: StoredField<T>): Filter<T> | undefined {
  switch (expression.kind) {
    case "and":
      return { and: expression.operands.flatMap((it) => hint(it, fieldOf) ?? []) };
    case "or": {
      const operands = expression.operands.map((it) => hint(it, fieldOf));
      const known = operands.filter((it) => it !== undefined);
      return known.length === operands.length ? { or: known } : undefined;
    }
    case "comparison":
      return expression.operator === "=" ? oneOf(expression.field, [expression.value], fieldOf) : undefined;
    case "in":
      return expression.negated ? undefined : oneOf(expression.field, expression.values, fieldOf);
    case "like":
      return like(expression, fieldOf);
    default:
      return undefined;
  }
}

function oneOf<T>(field: Field, values: readonly (string | number)[], fieldOf: StoredField<T>): Filter<T> | undefined {
  const known = fieldOf(field);
  if (!known) return undefined;
  const stored = known.stored ? values.flatMap((it) => known.stored?.(it) ?? []) : values;
  // One value alone lets the store walk an index in order.
  return { field: known.path, ...(stored.length === 1 ? { eq: stored[0] } : { in: stored }) } as Filter<T>;
}

function like<T>({ field, pattern, caseSensitive, negated }: Like, fieldOf: StoredField<T>): Filter<T> | undefined {
  const known = fieldOf(field);
  if (!known || known.stored || !caseSensitive || negated) return undefined;
  const prefix = /^[^%_]*/.exec(pattern)?.[0] ?? "";
  if (prefix !== "") return { field: known.path, prefix } as Filter<T>;
  const piece = /^%([^%_]+)%$/.exec(pattern)?.[1];
  return piece === undefined ? undefined : ({ field: known.path, containsText: piece } as Filter<T>);
}

function conditions<T>(filter: Filter<T>): number {
  if ("and" in filter) return filter.and.reduce((sum, it) => sum + conditions(it), 0);
  if ("or" in filter) return filter.or.reduce((sum, it) => sum + conditions(it), 0);
  return 1;
}

/** Every field that a filter names. */
export function fieldsIn(expression: Expression | undefined): readonly Field[] {
  if (expression === undefined) return [];
  if (expression.kind === "and" || expression.kind === "or") return expression.operands.flatMap(fieldsIn);
  return expression.kind === "not" ? fieldsIn(expression.operand) : [expression.field];
}

/** The texts that a filter wants an attribute to be. */
export function textsOf(expression: Expression | undefined, key: string): readonly string[] {
  if (expression === undefined) return [];
  if (expression.kind === "and" || expression.kind === "or")
    return expression.operands.flatMap((it) => textsOf(it, key));
  if (expression.kind === "not") return textsOf(expression.operand, key);
  if (expression.field.entity !== "attribute" || expression.field.key !== key) return [];
  if (expression.kind === "comparison") return [String(expression.value)];
  return expression.kind === "in" ? expression.values.map(String) : [];
}
