import { invalidField } from "./errors.ts";

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Writes a value as canonical JSON (RFC 8785): keys sorted by UTF-16 code units, ECMAScript number format, no white space.
 * Equal values give equal bytes in every language, which is what makes a digest of a manifest meaningful.
 *
 * Fails with INVALID_FIELD for what JSON cannot hold: NaN, infinities, lone surrogates, `undefined`.
 */
export function canonicalJson(value: Json, path = "$"): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw invalidField(path, `${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw invalidField(path, "the text has a lone surrogate, which UTF-8 cannot hold");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item, i) => canonicalJson(item, `${path}[${i}]`)).join(",")}]`;
  if (typeof value !== "object") throw invalidField(path, `${typeof value} has no JSON form`);
  const entries = Object.entries(value as Record<string, Json>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${canonicalJson(key, path)}:${canonicalJson(item, `${path}.${key}`)}`).join(",")}}`;
}
