import { fieldOf } from "../field.ts";
import { type Filter, ID, type Order, type Scalar } from "../filter.ts";
import type { Document } from "../port.ts";

/** The meaning of filters and orders in the plainest way, over documents in memory. */
export function findAll<T extends object>(
  documents: readonly Document<T>[],
  where: Filter<T>,
  orderBy: readonly Order<T>[],
): readonly string[] {
  const id: Order<T> = { field: ID, descending: orderBy.at(-1)?.descending ?? false };
  return documents
    .filter((it) => matches(it, where))
    .sort((a, b) => {
      for (const { field, descending } of [...orderBy, id]) {
        const order = compareScalars(at(a, field), at(b, field));
        if (order !== 0) return descending ? -order : order;
      }
      return 0;
    })
    .map((it) => it.id);
}

function matches<T extends object>(document: Document<T>, filter: Filter<T>): boolean {
  if ("and" in filter) return filter.and.every((it) => matches(document, it));
  if ("or" in filter) return filter.or.some((it) => matches(document, it));
  if ("not" in filter) return !matches(document, filter.not);
  const value = at(document, filter.field);
  const set = value !== undefined && value !== null && !Number.isNaN(value);
  if ("exists" in filter) return set === filter.exists;
  if ("ne" in filter) return !(set && same(value, filter.ne));
  if (!set) return false;
  if ("eq" in filter) return same(value, filter.eq);
  if ("in" in filter) return filter.in.some((it) => same(value, it));
  if ("contains" in filter) return Array.isArray(value) && value.some((it) => same(it, filter.contains));
  if ("prefix" in filter) return typeof value === "string" && value.startsWith(filter.prefix);
  if ("containsText" in filter) return typeof value === "string" && value.includes(filter.containsText);
  const [operator, other] = Object.entries(filter).find(([key]) => key !== "field") as [string, Scalar];
  if (kind(value) !== kind(other)) return false;
  const order = compareScalars(value, other);
  return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[operator] === true;
}

const same = (value: unknown, other: Scalar): boolean =>
  kind(value) === kind(other) && compareScalars(value, other) === 0;

/** Unset first, then numbers, then texts by bytes; booleans among themselves. */
function compareScalars(a: unknown, b: unknown): number {
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (rankA === 0) return 0;
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

const rank = (value: unknown): number => ["number", "text", "boolean"].indexOf(kind(value)) + 1;

function kind(value: unknown): string {
  if (typeof value === "bigint") return "number";
  if (typeof value === "number") return Number.isNaN(value) ? "unset" : "number";
  return typeof value === "string" ? "text" : typeof value;
}

function at<T extends object>(document: Document<T>, path: Order<T>["field"]): unknown {
  const field = fieldOf(path);
  if (field === ID) return document.id;
  let value: unknown = document.value;
  for (const key of field) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
