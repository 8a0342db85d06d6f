/** Says what is wrong with the value of a field; nothing if it is right. */
export type FieldCheck = (value: unknown) => string | undefined;

/** The fields of an object, by their names. Those marked may be left out. */
export type Fields = Readonly<Record<string, FieldCheck | { readonly optional: FieldCheck }>>;

const NAME = /^[\p{L}_][\p{L}\p{N}_.:-]{0,127}$/u;

export const aName: FieldCheck = (value) =>
  typeof value === "string" && NAME.test(value)
    ? undefined
    : "has to be a name: a letter, then letters, digits, _ . : or -, 128 characters at most";

export const aNumber: FieldCheck = (value) => (Number.isFinite(value) ? undefined : "has to be a finite number");

export const aFlag: FieldCheck = (value) => (typeof value === "boolean" ? undefined : "has to be true or false");

export const aWhole =
  (least: number, most: number): FieldCheck =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `has to be a whole number from ${least} to ${most}`;

export const oneOf =
  (...values: readonly string[]): FieldCheck =>
  (value) =>
    values.includes(value as string) ? undefined : `has to be one of ${values.join(", ")}`;

export const aList =
  (check: FieldCheck, least: number, most: number): FieldCheck =>
  (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      return least === most ? `has to be a list of ${least}` : `has to be a list of ${least} to ${most}`;
    const wrong = value.findIndex((it) => check(it) !== undefined);
    return wrong < 0 ? undefined : `has an element, number ${wrong}, that ${check(value[wrong])}`;
  };

export const aText: FieldCheck = (value) => (typeof value === "string" ? undefined : "has to be a text");

/** A list of numbers, each greater than the one before. */
export const ascending =
  (least: number, most: number): FieldCheck =>
  (value) => {
    const wrong = aList(aNumber, least, most)(value);
    if (wrong !== undefined) return wrong;
    const numbers = value as readonly number[];
    return numbers.every((it, i) => i === 0 || it > (numbers[i - 1] as number)) ? undefined : "has to be ascending";
  };

/** Tells everything that is wrong with an object's fields. */
export function checkFields(value: unknown, fields: Fields, report: (field: string, problem: string) => void): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report("", "has to be an object");
    return false;
  }
  let right = true;
  const wrong = (field: string, problem: string): void => {
    right = false;
    report(field, problem);
  };
  const given = new Map(Object.entries(value));
  for (const field of given.keys())
    if (!Object.hasOwn(fields, field)) wrong(field, `is not known here; there are ${Object.keys(fields).join(", ")}`);
  for (const [field, it] of Object.entries(fields)) {
    const isOptional = typeof it !== "function";
    if (given.get(field) === undefined) {
      if (!isOptional) wrong(field, "is missing");
      continue;
    }
    const problem = (isOptional ? it.optional : it)(given.get(field));
    if (problem !== undefined) wrong(field, problem);
  }
  return right;
}
