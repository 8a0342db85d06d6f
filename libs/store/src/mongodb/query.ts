import type { Filter as MongoFilter } from "mongodb";
import type { Selection } from "../collection.ts";
import { kindOf, type Node, prefixEnd, type ScalarKind } from "../condition.ts";
import type { OrderTerm } from "../field.ts";
import { ID, type Scalar } from "../filter.ts";
import { ARRAY, treePath } from "./tree.ts";

/** A document as it is stored. `r` is the revision. */
export interface Stored {
  readonly _id: string;
  readonly r: number;
  readonly v: object;
  readonly x: string | null;
}

export type Conditions = MongoFilter<Stored>;

const NOTHING: Conditions = { _id: { $in: [] } };

/** The types of stored fields in the order in which MongoDB sorts them, after unset ones. */
const TYPES = ["number", "string", "object", "bool"] as const;
const TYPE_OF: Record<ScalarKind, (typeof TYPES)[number]> = { number: "number", text: "string", boolean: "bool" };

/** A condition in MongoDB's language. Values are always operands of an operator, so that none can be read as one. */
export function conditionsOf(node: Node): Conditions {
  switch (node.kind) {
    case "and":
      return node.nodes.length === 0 ? {} : { $and: node.nodes.map(conditionsOf) };
    case "or":
      return node.nodes.length === 0 ? NOTHING : { $or: node.nodes.map(conditionsOf) };
    case "not":
      return { $nor: [conditionsOf(node.node)] };
    case "compare":
      return on(treePath(node.field), { [`$${node.operator}`]: node.value });
    case "in":
      return on(treePath(node.field), { $in: node.values });
    case "exists":
      return on(treePath(node.field), { $exists: true });
    case "prefix": {
      const end = prefixEnd(node.text);
      return on(treePath(node.field), { $gte: node.text, ...(end !== undefined && { $lt: end }) });
    }
    case "containsText":
      return on(treePath(node.field), { $regex: literalPattern(node.text) });
    case "contains":
      return node.field === ID ? NOTHING : on(`${treePath(node.field)}.${ARRAY}`, { $eq: node.value });
  }
}

export const sortOf = (order: readonly OrderTerm[]): Record<string, 1 | -1> =>
  Object.fromEntries(order.map(({ field, descending }) => [treePath(field), descending ? -1 : 1]));

/**
 * The ranges of documents behind a position, in the order of reading. Each is one walk along an index; together in one
 * `$or` the planner may sort everything instead.
 */
export function rangesAfter({ order, after }: Selection): readonly Conditions[] {
  if (after === undefined) return [{}];
  let next = 0;
  const values = order.map(({ field }) => (field === ID ? after.id : (after.values[next++] as Scalar | null)));
  return order
    .map((term, i) => {
      const same = order.slice(0, i).map(({ field }, j) => equal(treePath(field), values[j] as Scalar | null));
      return beyond(term, values[i] as Scalar | null).map((it): Conditions => ({ $and: [...same, it] }));
    })
    .reverse()
    .flat();
}

const equal = (path: string, value: Scalar | null): Conditions =>
  on(path, value === null ? { $exists: false } : { $eq: value });

/** MongoDB's comparisons stay within the type of their operand, while its order goes on with the next type. */
function beyond({ field, descending }: OrderTerm, value: Scalar | null): readonly Conditions[] {
  const path = treePath(field);
  if (value === null) return descending ? [] : [on(path, { $exists: true })];
  const rank = TYPES.indexOf(TYPE_OF[kindOf(value)]);
  const near = on(path, descending ? { $lt: value } : { $gt: value });
  if (field === ID) return [near];
  const types = descending ? TYPES.slice(0, rank).reverse() : TYPES.slice(rank + 1);
  const far = types.length === 0 ? [] : [on(path, { $type: [...types] })];
  return descending ? [near, ...far, on(path, { $exists: false })] : [near, ...far];
}

/** Escapes a text for MongoDB's regular expressions; a NUL would end the pattern. */
const literalPattern = (text: string): string =>
  text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll("\0", "\\x00");

/** The driver's types know only fields by name; ours are made. */
const on = (path: string, test: object): Conditions => ({ [path]: test }) as Conditions;
