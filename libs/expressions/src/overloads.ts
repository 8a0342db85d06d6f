import type { ExpressionType, Value } from "./value.ts";

/** One way to call a function: what it takes, what it gives, and what it does. */
export interface Overload {
  readonly takes: readonly ExpressionType[];
  readonly gives: ExpressionType;
  /** Undefined if there is no result, such as of a division of whole numbers by zero. */
  readonly apply: (...values: never[]) => Value | undefined;
  /** The last argument may be repeated. */
  readonly repeats?: true;
}

/** The overload that takes values of these types. */
export const overloadFor = (overloads: readonly Overload[], types: readonly ExpressionType[]): Overload | undefined =>
  overloads.find((it) => accepts(it, types));

function accepts({ takes, repeats }: Overload, types: readonly ExpressionType[]): boolean {
  if (repeats ? types.length < takes.length : types.length !== takes.length) return false;
  return types.every((type, i) => type === (takes[i] ?? takes.at(-1)));
}

/** All ways to call a function, for a message. */
export const waysToCall = (overloads: readonly Overload[]): string =>
  overloads.map(({ takes, repeats }) => `(${takes.join(", ")}${repeats ? ", ..." : ""})`).join(" or ");

/** Makes an overload. That the function takes what `takes` says is up to the tables of overloads, and to nothing after. */
export const overload = (
  takes: readonly ExpressionType[],
  gives: ExpressionType,
  apply: Overload["apply"],
): Overload => ({ takes, gives, apply });

/** An overload whose last argument may be repeated. */
export const repeating = (
  takes: readonly ExpressionType[],
  gives: ExpressionType,
  apply: Overload["apply"],
): Overload => ({ ...overload(takes, gives, apply), repeats: true });
