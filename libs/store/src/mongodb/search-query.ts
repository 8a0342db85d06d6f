import type { Document as Stage } from "mongodb";
import { prefixEnd } from "../condition.ts";
import { ID } from "../filter.ts";
import { type LikePattern, type Place, placesOf } from "../like.ts";
import type { Bookmark } from "../position.ts";
import type { AttributeName, AttributeValue } from "../search.ts";
import type { SearchLeaf, SearchNode, SearchOrder } from "../search-condition.ts";
import { escapeKey } from "./tree.ts";

/** A subject as it is stored: its scope and what it has. NaN is kept as null, which no comparison of MongoDB meets. */
export interface StoredSubject {
  readonly _id: string;
  readonly s: string;
  readonly a?: Readonly<Record<string, AttributeValue | null>>;
}

/** The path of an attribute in a stored subject. */
export const attributePath = (name: AttributeName): string => (name === ID ? "_id" : `a.${escapeKey(name)}`);

export const storedAttribute = (value: AttributeValue): AttributeValue | null =>
  Number.isNaN(value) ? null : typeof value === "number" ? value + 0 : value;

/** How MongoDB calls the types of values. */
const TYPES = { number: ["number", "null"], string: ["string"], boolean: ["bool"] } as const;

const NOTHING: Stage = { _id: { $in: [] } };

/** A condition in MongoDB's language. Values are always operands of an operator, so that none can be read as one. */
export function subjectConditions(node: SearchNode): Stage {
  switch (node.kind) {
    case "and":
      return node.nodes.length === 0 ? {} : { $and: node.nodes.map(subjectConditions) };
    case "or":
      return node.nodes.length === 0 ? NOTHING : { $or: node.nodes.map(subjectConditions) };
    case "not":
      return { $nor: [subjectConditions(node.node)] };
    default:
      return leafConditions(attributePath(node.name), node);
  }
}

function leafConditions(path: string, leaf: SearchLeaf): Stage {
  switch (leaf.kind) {
    case "compare":
      return comparison(path, leaf);
    case "in": {
      const others = leaf.values.filter((it) => !Number.isNaN(it));
      const some = { [path]: { $in: others } };
      return others.length === leaf.values.length ? some : { $or: [some, { [path]: { $type: "null" } }] };
    }
    case "prefix": {
      const end = prefixEnd(leaf.text);
      return { [path]: { $gte: leaf.text, ...(end !== undefined && { $lt: end }) } };
    }
    case "like":
      return { [path]: { $regex: patternOf(leaf.pattern) } };
    case "exists":
      return { [path]: { $exists: true } };
  }
}

function comparison(path: string, { operator, value }: SearchLeaf & { readonly kind: "compare" }): Stage {
  if (Number.isNaN(value)) {
    if (operator === "eq") return { [path]: { $type: "null" } };
    return operator === "ne" ? { [path]: { $type: "number" } } : NOTHING;
  }
  if (operator !== "ne") return { [path]: { [`$${operator}`]: value } };
  const types = TYPES[typeof value as keyof typeof TYPES];
  return { $and: [{ [path]: { $type: [...types] } }, { [path]: { $ne: value } }] };
}

/**
 * A LIKE pattern as a regular expression. What stands before a percent sign is taken at the first place where it fits and
 * never given back (an atomic group), so that no text takes more time than the product of both lengths.
 */
function patternOf(pattern: LikePattern): string {
  const [first = [], ...others] = placesOf(pattern).map((piece) => piece.map(placePattern).join(""));
  const last = others.pop();
  if (last === undefined) return `\\A${first}\\z`;
  const between = others.map((piece) => `(?>[\\s\\S]*?${piece})`).join("");
  return `\\A(?>${first})${between}[\\s\\S]*${last}\\z`;
}

function placePattern(place: Place): string {
  if (place === null) return "[\\s\\S]";
  const characters = place.map(characterPattern);
  return characters.length === 1 ? (characters[0] as string) : `[${characters.join("")}]`;
}

/** Letters, digits and all beyond ASCII stand for themselves; the pattern must stay short. */
const characterPattern = (character: string): string =>
  /^[\dA-Za-z]$/.test(character) || (character.codePointAt(0) as number) > 0x7f
    ? character
    : `\\x{${(character.codePointAt(0) as number).toString(16)}}`;

/** One step of the order: the fields in which a pipeline holds the rank of its value, and the value. */
interface Step extends SearchOrder {
  readonly rank: string;
  readonly value: string;
}

const stepsOf = (order: readonly SearchOrder[]): readonly Step[] =>
  order.map((term, i) => ({ ...term, rank: `r${i}`, value: term.name === ID ? "_id" : `v${i}` }));

/** The stages that order subjects and leave out those before where a page ended. */
export function orderStages(order: readonly SearchOrder[], after: Bookmark | undefined): readonly Stage[] {
  const steps = stepsOf(order);
  const attributes = steps.filter(({ name }) => name !== ID);
  const fields = attributes.flatMap(({ name, rank, value, descending }) => {
    const path = `$${attributePath(name)}`;
    return [
      [rank, rankOf(path, descending)],
      [value, path],
    ];
  });
  const sort = steps.flatMap(({ name, rank, value, descending }) => [
    ...(name === ID ? [] : [[rank, 1]]),
    [value, descending ? -1 : 1],
  ]);
  return [
    { $project: { _id: 1, ...Object.fromEntries(fields) } },
    ...(after === undefined ? [] : [{ $match: behind(steps, [...after.values, after.id]) }]),
    { $sort: Object.fromEntries(sort) },
  ];
}

/** MongoDB puts what is missing first and knows types in an order of its own; the port's order is by rank, then value. */
function rankOf(path: string, descending: boolean): Stage {
  const kinds = descending ? ["bool", "string", "number"] : ["number", "string", "bool"];
  const type = { $type: path };
  const isKind = (kind: string): Stage =>
    kind === "number" ? { $in: [type, ["double", "int", "long", "decimal"]] } : { $eq: [type, kind] };
  const tests = [...kinds.map(isKind), { $eq: [type, "null"] }];
  return tests.reduceRight<Stage>((others, test, rank) => ({ $cond: [test, rank, others] }), { $literal: ABSENT_RANK });
}

const NAN_RANK = 3;
const ABSENT_RANK = 4;

function rankOfValue(value: AttributeValue | null, descending: boolean): number {
  if (value === null) return ABSENT_RANK;
  if (Number.isNaN(value)) return NAN_RANK;
  const kinds = descending ? ["boolean", "string", "number"] : ["number", "string", "boolean"];
  return kinds.indexOf(typeof value);
}

function behind(steps: readonly Step[], values: readonly unknown[]): Stage {
  const [step, ...others] = steps;
  const [value, ...rest] = values as readonly (AttributeValue | null)[];
  if (step === undefined || value === undefined) return NOTHING;
  const beyond = { [step.value]: step.descending ? { $lt: value } : { $gt: value } };
  if (step.name === ID) return beyond;
  const rank = rankOfValue(value, step.descending);
  const same = { [step.rank]: { $eq: rank } };
  const later = { [step.rank]: { $gt: rank } };
  const next = behind(others, rest);
  // Among subjects with NaN, and among those without the attribute, all are equal.
  if (rank >= NAN_RANK) return { $or: [later, { $and: [same, next] }] };
  return {
    $or: [later, { $and: [same, beyond] }, { $and: [same, { [step.value]: { $eq: value } }, next] }],
  };
}
