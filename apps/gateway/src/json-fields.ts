import { invalidField } from "@throughline/kernel";

/** The fields of a request, or of an object in it. Those that nobody asks for are passed over, as MLflow's server does. */
export interface Fields {
  readonly values: Readonly<Record<string, unknown>>;
  /** Where they stand in the request, such as `metrics[3]`; empty at the top. */
  readonly path: string;
}

/** Reads an object. Fails with INVALID_FIELD for anything else. */
export function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidField(path === "" ? "body" : path, "expected an object");
  return { values: value as Readonly<Record<string, unknown>>, path };
}

/** The fields of a query. One that is given several times is a list. */
export function fieldsOfQuery(query: URLSearchParams): Fields {
  const values: Record<string, unknown> = Object.create(null);
  for (const name of new Set(query.keys())) {
    const all = query.getAll(name);
    values[name] = all.length === 1 ? all[0] : all;
  }
  return { values, path: "" };
}

/** The path of a field, for errors. */
export const pathOf = ({ path }: Fields, key: string): string => (path === "" ? key : `${path}.${key}`);

/** A text; empty if it is absent. */
export function text(fields: Fields, key: string): string {
  const value = given(fields, key) ?? "";
  if (typeof value !== "string") throw invalidField(pathOf(fields, key), "expected a text");
  return value;
}

/** A text that may be absent. */
export const optionalText = (fields: Fields, key: string): string | undefined =>
  given(fields, key) === undefined ? undefined : text(fields, key);

/** A text that must be there. */
export function requiredText(fields: Fields, key: string): string {
  const value = text(fields, key);
  if (value === "") throw missing(fields, key);
  return value;
}

const WHOLE = /^-?\d{1,20}$/;
/** Digits with a fraction or an exponent, which protobuf's JSON takes for a whole number if it is one. */
const WHOLE_OTHERWISE = /^-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/;
const LAST_MS = 253_402_300_799_999;

/** A whole number of 64 bits, given as number or text. */
export function whole(fields: Fields, key: string): bigint | undefined {
  const value = given(fields, key);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  const exact = typeof value === "string" ? wholeInText(value) : value;
  if (typeof exact === "bigint" && BigInt.asIntN(64, exact) === exact) return exact;
  throw invalidField(pathOf(fields, key), "expected a whole number of 64 bits");
}

function wholeInText(text: string): bigint | undefined {
  if (WHOLE.test(text)) return BigInt(text);
  const number = WHOLE_OTHERWISE.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

/** Milliseconds since 1970, up to the year 9999, which is as far as the platform's times go; before 1970 where that is said. */
export function milliseconds(fields: Fields, key: string, firstMs: number = 0): number | undefined {
  const value = given(fields, key);
  const ms = typeof value === "number" ? value : Number(whole(fields, key) ?? Number.NaN);
  if (value === undefined || (Number.isInteger(ms) && ms >= firstMs && ms <= LAST_MS))
    return value === undefined ? undefined : ms;
  throw invalidField(pathOf(fields, key), "expected milliseconds since 1970, up to the year 9999");
}

/** A number of things to return: `fallback` if it is absent. */
export function count(fields: Fields, key: string, { most, fallback }: { most: number; fallback: number }): number {
  const value = whole(fields, key);
  if (value === undefined) return fallback;
  if (value < 1n || value > BigInt(most))
    throw invalidField(pathOf(fields, key), `expected a number from 1 to ${most}, not ${value}`);
  return Number(value);
}

/** Each digit can be matched in one way only, so that a long text which is no number is looked through once. */
const REAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** As protobuf's JSON writes them, and as Python reads them. */
const NOT_FINITE = /^([+-]?)(nan|inf|infinity)$/i;

/** A real number, given as number or text, that must be there. */
export function requiredReal(fields: Fields, key: string): number {
  const value = given(fields, key);
  if (value === undefined) throw missing(fields, key);
  // Digits that stand for more than the largest double are no number that a caller means.
  const real = typeof value === "bigint" ? Number(value) : value;
  if (typeof real === "number" && Number.isFinite(real)) return real;
  if (typeof real === "string") {
    if (REAL.test(real) && Number.isFinite(Number(real))) return Number(real);
    const [, sign, what = ""] = NOT_FINITE.exec(real) ?? [];
    if (/^n/i.test(what)) return Number.NaN;
    if (what !== "") return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  throw invalidField(pathOf(fields, key), "expected a number of double precision");
}

/** A truth value; false if it is absent. */
export function flag(fields: Fields, key: string): boolean {
  const value = given(fields, key) ?? false;
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "True") return true;
  if (value === "false" || value === "False") return false;
  throw invalidField(pathOf(fields, key), "expected true or false");
}

/** A list of objects; empty if it is absent. */
export function objects(fields: Fields, key: string, most = Number.POSITIVE_INFINITY): readonly Fields[] {
  const values = list(fields, key);
  if (values.length > most)
    throw invalidField(pathOf(fields, key), `at most ${most} are taken in one request, not ${values.length}`);
  const path = pathOf(fields, key);
  return values.map((it, i) => fieldsOf(it, `${path}[${i}]`));
}

/** No call of a service takes a longer list of texts, and to make a message of one takes far longer than to read it. */
const TEXTS_MAX = 10_000;

/** A list of texts, at most 10,000; empty if it is absent. In a query, one text is a list. */
export function texts(fields: Fields, key: string): readonly string[] {
  const value = given(fields, key);
  const values = typeof value === "string" && isQuery(fields) ? [value] : list(fields, key);
  if (values.length > TEXTS_MAX)
    throw invalidField(pathOf(fields, key), `at most ${TEXTS_MAX} are taken in one request, not ${values.length}`);
  const wrong = values.findIndex((it) => typeof it !== "string");
  if (wrong >= 0) throw invalidField(`${pathOf(fields, key)}[${wrong}]`, "expected a text");
  return values as readonly string[];
}

function list(fields: Fields, key: string): readonly unknown[] {
  const value = given(fields, key) ?? [];
  if (!Array.isArray(value)) throw invalidField(pathOf(fields, key), "expected a list");
  return value;
}

/** Null is as if the field were absent, as in protobuf's JSON. */
function given({ values }: Fields, key: string): unknown {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  return value === null ? undefined : value;
}

// Only the values of a query have no prototype.
const isQuery = ({ values }: Fields): boolean => Object.getPrototypeOf(values) === null;

export const missing = (fields: Fields, key: string): Error =>
  invalidField(pathOf(fields, key), "Missing value for required parameter. The request must have it");
