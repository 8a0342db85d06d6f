import { invalidField } from "./errors.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deeper values are refused: a hostile one would exhaust the stack of whoever reads it. */
const DEPTH_MAX = 100;

/**
 * Writes a value as canonical JSON (RFC 8785): keys sorted by UTF-16 code units, ECMAScript number format, no white space.
 * Equal values give equal bytes in every language, which is what makes a digest of a manifest meaningful.
 *
 * Fails with INVALID_FIELD for what JSON cannot hold (NaN, infinities, lone surrogates, `undefined`, objects of a class,
 * such as dates) and for more than 100 levels. `path` names the value in the error.
 */
export const canonicalJson = (value: Json, path = "$"): string => write(value, path, DEPTH_MAX);

function write(value: Json, path: string, levels: number): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value, path);
  if (typeof value === "string") return stringText(value, path);
  if (typeof value !== "object") throw invalidField(path, `${typeof value} has no JSON form`);
  if (levels === 0) throw invalidField(path, `the value has more than ${DEPTH_MAX} levels`);
  // Array.from and not map, which would pass over the holes of a sparse array.
  if (isList(value)) return `[${Array.from(value, (item, i) => write(item, `${path}[${i}]`, levels - 1)).join(",")}]`;
  if (!isPlain(value)) throw invalidField(path, `${value.constructor.name} has no JSON form`);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = entries.map(([key, item]) => `${stringText(key, path)}:${write(item, `${path}.${key}`, levels - 1)}`);
  return `{${members.join(",")}}`;
}

function numberText(value: number, path: string): string {
  if (!Number.isFinite(value)) throw invalidField(path, `${value} has no JSON form`);
  return JSON.stringify(value);
}

function stringText(value: string, path: string): string {
  if (!value.isWellFormed()) throw invalidField(path, "the text has a lone surrogate, which UTF-8 cannot hold");
  return JSON.stringify(value);
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
