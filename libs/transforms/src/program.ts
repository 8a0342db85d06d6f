import type { ColumnType } from "./column.ts";

/**
 * What transforms come down to: a list of operations over lanes (a lane has one row for each row of data), each of which has
 * one exact meaning in TypeScript (`evaluate.ts`) and one in ONNX (`onnx/operators.ts`). A step is lowered to these
 * operations once; that the two ways of running it agree to the last bit therefore rests on the few operations here alone.
 *
 * All arithmetic is IEEE 754 in float64, rounded after each operation. There is no logarithm, no sine, no sum over a row of
 * numbers and no matrix product among the operations: libraries differ in their last bits and in their order.
 */
export type Operation = ColumnOperation | NumberOperation | DiscreteOperation;

/** A raw column, as it comes in. */
export interface ColumnOperation {
  readonly op: "column";
  readonly name: string;
  readonly type: ColumnType;
}

/** Operations that read numbers alone. */
export type NumberOperation =
  | { readonly op: "constant"; readonly values: readonly number[] }
  | { readonly op: Arithmetic; readonly a: number; readonly b: number }
  | { readonly op: Comparison; readonly a: number; readonly b: number }
  | { readonly op: "floor" | "isNaN"; readonly of: number }
  | { readonly op: "select"; readonly where: number; readonly yes: number; readonly no: number }
  /** How many of the ascending boundaries are at most the number; 0 for NaN. */
  | { readonly op: "count"; readonly of: number; readonly boundaries: readonly number[] }
  /** The row of a table at an index, which lies within it. */
  | { readonly op: "take"; readonly index: number; readonly table: readonly (readonly number[])[] }
  /** 1 at the index, 0 elsewhere. */
  | { readonly op: "oneHot"; readonly index: number; readonly size: number }
  | { readonly op: "join"; readonly of: readonly number[] }
  | { readonly op: "pick"; readonly of: number; readonly at: number };

/** Operations that read whole numbers or texts. */
export type DiscreteOperation =
  /** A whole number as the nearest float64. */
  | { readonly op: "wholeNumber"; readonly of: number }
  | { readonly op: "wholeMissing"; readonly of: number }
  /** Divided with truncation towards zero, and what is left, with the sign of the dividend. */
  | { readonly op: "quotient" | "remainder"; readonly of: number; readonly by: bigint }
  | { readonly op: "wholeHash"; readonly of: number; readonly buckets: number; readonly factors: WholeFactors }
  /** Place among the keys; -1 if it is none of them. */
  | { readonly op: "wholePosition"; readonly of: number; readonly keys: readonly bigint[] }
  | { readonly op: "textPosition"; readonly of: number; readonly keys: readonly string[] }
  /** MurmurHash3 (x86, 32 bits) of the UTF-8 bytes, as a number from 0 to 2^32 - 1. */
  | { readonly op: "textHash"; readonly of: number; readonly seed: number }
  /** A to Z become a to z; everything else stays. */
  | { readonly op: "lower"; readonly of: number }
  | { readonly op: "fillText"; readonly of: number; readonly where: number; readonly fill: string }
  /** How often each n-gram of tokens occurs. N-grams are ordered by their length. */
  | {
      readonly op: "grams";
      readonly of: number;
      readonly tokens: Tokens;
      readonly grams: readonly (readonly string[])[];
    };

export type Arithmetic = "add" | "subtract" | "multiply" | "divide";
export type Comparison = "less" | "atLeast";

/** The numbers of a hash function of whole numbers: ((low * multiplied by low + high * ...) + added) modulo a prime. */
export interface WholeFactors {
  readonly low: bigint;
  readonly high: bigint;
  readonly added: bigint;
}

/**
 * How text is cut. `characters`: code points. Otherwise at each occurrence of the separator; a space stands for any number
 * of spaces, and is left out at both ends.
 */
export type Tokens = "characters" | { readonly separator: string };

/** What a lane holds. Flags and numbers have `width` elements in each row, the others one. */
export interface Lane {
  readonly id: number;
  readonly kind: "number" | "flag" | "whole" | "text";
  readonly width: number;
}

/** Builds a list of operations; the place of an operation in it is the id of its lane. */
export type ProgramBuilder = ReturnType<typeof programBuilder>;

export function programBuilder() {
  const operations: Operation[] = [];
  const known = new Map<string, Lane>();
  // What is computed once need not be computed again: steps share the missing values and the days of a timestamp, say.
  const put = (kind: Lane["kind"], width: number, operation: Operation): Lane => {
    const key = keyOf(operation);
    const before = key === undefined ? undefined : known.get(key);
    if (before !== undefined) return before;
    operations.push(operation);
    const lane: Lane = { id: operations.length - 1, kind, width };
    if (key !== undefined) known.set(key, lane);
    return lane;
  };
  const number = (width: number, operation: Operation): Lane => put("number", width, operation);
  // Never -0: the runtime may leave out a subtraction of zero, which is right for 0 alone.
  const constant = (...values: readonly number[]): Lane =>
    number(values.length, { op: "constant", values: values.map((it) => it + 0) });
  const laneOf = (it: Lane | number): Lane => (typeof it === "number" ? constant(it) : it);
  const pair = (op: Arithmetic | Comparison, a: Lane | number, b: Lane | number): Lane => {
    const [left, right] = [laneOf(a), laneOf(b)];
    const kind = op === "less" || op === "atLeast" ? "flag" : "number";
    return put(kind, Math.max(left.width, right.width), { op, a: left.id, b: right.id });
  };
  return {
    operations: operations as readonly Operation[],
    constant,
    column(name: string, type: ColumnType): Lane {
      const kind = type === "string" ? "text" : type === "float64" || type === "float32" ? "number" : "whole";
      return put(kind, 1, { op: "column", name, type });
    },
    /** Adding zero would turn -0 into 0 here, while the runtime may leave such an addition out: so it is left out always. */
    add: (a: Lane, b: Lane | number): Lane => (b === 0 ? a : pair("add", a, b)),
    subtract: (a: Lane | number, b: Lane | number): Lane => pair("subtract", a, b),
    multiply: (a: Lane, b: Lane | number): Lane => pair("multiply", a, b),
    divide: (a: Lane, b: Lane | number): Lane => pair("divide", a, b),
    less: (a: Lane | number, b: Lane | number): Lane => pair("less", a, b),
    atLeast: (a: Lane, b: Lane | number): Lane => pair("atLeast", a, b),
    floor: (of: Lane): Lane => number(of.width, { op: "floor", of: of.id }),
    isNaN: (of: Lane): Lane => put("flag", of.width, { op: "isNaN", of: of.id }),
    select(where: Lane, then: Lane | number, otherwise: Lane | number): Lane {
      const [yes, no] = [laneOf(then), laneOf(otherwise)];
      const width = Math.max(where.width, yes.width, no.width);
      return number(width, { op: "select", where: where.id, yes: yes.id, no: no.id });
    },
    count: (of: Lane, boundaries: readonly number[]): Lane => number(1, { op: "count", of: of.id, boundaries }),
    take: (index: Lane, table: readonly (readonly number[])[]): Lane =>
      number(table[0]?.length ?? 0, { op: "take", index: index.id, table }),
    oneHot: (index: Lane, size: number): Lane => number(size, { op: "oneHot", index: index.id, size }),
    join: (of: readonly Lane[]): Lane =>
      of.length === 1 && of[0] !== undefined
        ? of[0]
        : number(
            of.reduce((sum, it) => sum + it.width, 0),
            { op: "join", of: of.map((it) => it.id) },
          ),
    pick: (of: Lane, at: number): Lane => (of.width === 1 ? of : number(1, { op: "pick", of: of.id, at })),
    wholeNumber: (of: Lane): Lane => number(1, { op: "wholeNumber", of: of.id }),
    wholeMissing: (of: Lane): Lane => put("flag", 1, { op: "wholeMissing", of: of.id }),
    quotient: (of: Lane, by: bigint): Lane => put("whole", 1, { op: "quotient", of: of.id, by }),
    remainder: (of: Lane, by: bigint): Lane => put("whole", 1, { op: "remainder", of: of.id, by }),
    wholeHash: (of: Lane, buckets: number, factors: WholeFactors): Lane =>
      number(1, { op: "wholeHash", of: of.id, buckets, factors }),
    wholePosition: (of: Lane, keys: readonly bigint[]): Lane => number(1, { op: "wholePosition", of: of.id, keys }),
    textPosition: (of: Lane, keys: readonly string[]): Lane => number(1, { op: "textPosition", of: of.id, keys }),
    textHash: (of: Lane, seed: number): Lane => number(1, { op: "textHash", of: of.id, seed }),
    lower: (of: Lane): Lane => put("text", 1, { op: "lower", of: of.id }),
    fillText: (of: Lane, where: Lane, fill: string): Lane =>
      put("text", 1, { op: "fillText", of: of.id, where: where.id, fill }),
    grams: (of: Lane, tokens: Tokens, grams: readonly (readonly string[])[]): Lane =>
      number(grams.length, { op: "grams", of: of.id, tokens, grams }),
  };
}

/** Lists longer than this are not looked at: comparing them would cost more than it saves. */
const KEY_LIST_MAX = 256;

/** The same text for the same operation; none for one with long lists. */
function keyOf(operation: Operation): string | undefined {
  const parts = Object.entries(operation).map(([name, value]) => {
    if (Array.isArray(value) && value.length > KEY_LIST_MAX) return undefined;
    return `${name}:${JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? `${it}n` : shown(it)))}`;
  });
  return parts.includes(undefined) ? undefined : parts.join();
}

/** JSON has one text for NaN and the infinities, and none for -0. */
const shown = (value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `number ${1 / value} ${value}`
    : value;
