import { ID } from "../filter.ts";
import type { AttributeCondition, AttributeFilter, AttributeName, AttributeOrder, AttributeValue } from "../search.ts";

/** What a subject has, in memory. */
export interface Subject {
  readonly id: string;
  readonly scope: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** The meaning of searches in the plainest way, over subjects in memory. */
export function searchAll(
  subjects: readonly Subject[],
  where: AttributeFilter,
  orderBy: readonly AttributeOrder[],
): readonly string[] {
  return subjects
    .filter((it) => meets(it, where))
    .sort((a, b) => {
      for (const { attribute, descending = false } of [...orderBy, { attribute: ID } as AttributeOrder]) {
        const order = compareForOrder(at(a, attribute), at(b, attribute), descending);
        if (order !== 0) return order;
      }
      return 0;
    })
    .map((it) => it.id);
}

const at = (subject: Subject, name: AttributeName): AttributeValue | undefined =>
  name === ID ? subject.id : subject.attributes.get(name);

function meets(subject: Subject, filter: AttributeFilter): boolean {
  if ("and" in filter) return filter.and.every((it) => meets(subject, it));
  if ("or" in filter) return filter.or.some((it) => meets(subject, it));
  if ("not" in filter) return !meets(subject, filter.not);
  return meetsCondition(at(subject, filter.attribute), filter);
}

function meetsCondition(value: AttributeValue | undefined, condition: AttributeCondition): boolean {
  if ("exists" in condition) return (value !== undefined) === condition.exists;
  if (value === undefined) return false;
  if ("in" in condition) return condition.in.some((it) => typeof it === typeof value && compare(value, it) === 0);
  if ("prefix" in condition) return typeof value === "string" && value.startsWith(condition.prefix);
  if ("like" in condition)
    return typeof value === "string" && like([...value], [...condition.like], condition.ignoreCase === true);
  const [operator, other] = Object.entries(condition).find(([key]) => key !== "attribute") as [string, AttributeValue];
  if (typeof other !== typeof value) return false;
  const order = compare(value, other);
  if (operator === "eq") return order === 0;
  if (operator === "ne") return order !== 0;
  if (order === undefined) return false;
  if (Number.isNaN(value)) return false;
  return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[operator] === true;
}

/** Undefined if only one of both is NaN: they differ, and neither is above the other. */
function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b) || (a === b ? 0 : Number(a) < Number(b) ? -1 : 1);
}

/** Tries everything. */
function like(text: readonly string[], pattern: readonly string[], ignoreCase: boolean): boolean {
  const [sign, ...rest] = pattern;
  if (sign === undefined) return text.length === 0;
  if (sign === "%")
    return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) => like(text.slice(i), rest, ignoreCase));
  const [character, ...others] = text;
  if (character === undefined) return false;
  const fits =
    sign === "_" || sign === character || (ignoreCase && [sign.toLowerCase(), sign.toUpperCase()].includes(character));
  return fits && like(others, rest, ignoreCase);
}

const KINDS = ["number", "string", "boolean"];

function compareForOrder(a: AttributeValue | undefined, b: AttributeValue | undefined, descending: boolean): number {
  const rank = (it: AttributeValue | undefined): number => (it === undefined ? 2 : Number.isNaN(it) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === undefined || b === undefined || Number.isNaN(a)) return 0;
  const order = KINDS.indexOf(typeof a) - KINDS.indexOf(typeof b) || (compare(a, b) as number);
  return descending ? -order : order;
}
