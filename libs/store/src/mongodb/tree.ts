import { BSON } from "mongodb";
import { valueTooLarge } from "../errors.ts";
import type { Field } from "../field.ts";
import { ID } from "../filter.ts";
import { encodeValue } from "../json-text.ts";
import { type Exotic, isPlainObject, type Place, restore, setOwn } from "../value.ts";

/** MongoDB refuses documents from 16 MiB; the rest of the room is for the id and what is beside the value. */
const TREE_BYTES_MAX = 16 * 1024 * 1024 - 16 * 1024;

/** Text length from which the size in BSON is worth counting: arrays of small numbers grow by six at most. */
const COUNTED_FROM = 2 * 1024 * 1024;

/** The key under which an array is kept. No escaped key of a user is equal to it. */
export const ARRAY = "%[]";

/** A value in the form that MongoDB keeps. */
export interface Tree {
  readonly v: object;
  /** JSON of the places that are left out of `v` because conditions treat them as unset, or null if there are none. */
  readonly x: string | null;
}

/**
 * Writes a value so that MongoDB's own comparisons follow the laws of the port:
 *
 * - Properties that are null or NaN are left out and listed beside: to MongoDB they would be values, to the port they are
 *   unset.
 * - An array is wrapped in an object: MongoDB would otherwise compare each of its elements where the port means the field.
 * - Dots, dollars and percents in keys are escaped, so that a key is never read as a path or an operator.
 */
export function encodeTree(value: object): Tree {
  const { text } = encodeValue(value);
  const left: Exotic[] = [];
  const v = encodeObject(value, [], left);
  if (text.length > COUNTED_FROM) {
    const bytes = BSON.calculateObjectSize(v);
    if (bytes > TREE_BYTES_MAX) throw valueTooLarge(bytes, TREE_BYTES_MAX);
  }
  return { v, x: left.length === 0 ? null : JSON.stringify(left) };
}

export function decodeTree({ v, x }: Tree): object {
  const value = decode(v) as object;
  if (x !== null) restore(value, JSON.parse(x) as Exotic[], (digits) => (digits === null ? Number.NaN : null));
  return value;
}

/** The dotted path of a field in a stored document. */
export const treePath = (field: Field): string => (field === ID ? "_id" : `v.${field.map(escapeKey).join(".")}`);

function encodeObject(value: object, place: Place, left: Exotic[]): object {
  const tree = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    if (item === null) left.push([[...place, key], "null"]);
    else if (Number.isNaN(item)) left.push([[...place, key], null]);
    else setOwn(tree, escapeKey(key), encode(item, [...place, key], left));
  }
  return tree;
}

function encode(value: unknown, place: Place, left: Exotic[]): unknown {
  if (typeof value === "number") return value + 0;
  // No condition looks into arrays, but for the elements of its own.
  if (Array.isArray(value)) return { [ARRAY]: value.map((item, i) => encode(item, [...place, i], left)) };
  return isPlainObject(value) ? encodeObject(value, place, left) : value;
}

function decode(tree: unknown): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  const entries = Object.entries(tree);
  if (entries.length === 1 && entries[0]?.[0] === ARRAY) return (entries[0][1] as unknown[]).map(decode);
  const value = {};
  for (const [key, item] of entries) setOwn(value, unescapeKey(key), decode(item));
  return value;
}

/** A key without what MongoDB would read as a path or an operator. */
export const escapeKey = (key: string): string => {
  if (key === "") return "%";
  if (key === "__proto__") return "%5F_proto__";
  return key.replace(/[%.$]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
};

const unescapeKey = (key: string): string =>
  key === "%" ? "" : key.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
