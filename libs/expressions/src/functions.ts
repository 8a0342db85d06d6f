import { type Overload, overload, repeating } from "./overloads.ts";
import { within64Bits } from "./value.ts";

/** Each digit can be matched in one way only, so that a long text which is no number is looked through once. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?$/;
const WHOLE = /^[+-]?\d{1,19}$/;

const truncated = (value: number): bigint | undefined =>
  Number.isFinite(value) ? within64Bits(BigInt(Math.trunc(value))) : undefined;

/** Ties go away from zero, where JavaScript's go up. */
const rounded = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

const real = (apply: (value: number) => number): readonly Overload[] => [overload(["double"], "double", apply)];

const test = (apply: (value: number) => boolean): readonly Overload[] => [overload(["double"], "bool", apply)];

const largest = (...values: readonly bigint[]): bigint | undefined =>
  values.reduce((most, it) => (it > most ? it : most));

const smallest = (...values: readonly bigint[]): bigint | undefined =>
  values.reduce((least, it) => (it < least ? it : least));

/** Functions by name: CEL's conversions, its mathematical extension, and of ours `math.exp`, `math.log` and `math.pow`. */
export const FUNCTIONS: Readonly<Record<string, readonly Overload[]>> = {
  double: [
    overload(["double"], "double", (a: number) => a),
    overload(["int"], "double", (a: bigint) => Number(a)),
    overload(["string"], "double", (a: string) => (DECIMAL.test(a) ? Number(a) : undefined)),
  ],
  int: [
    overload(["int"], "int", (a: bigint) => a),
    overload(["double"], "int", truncated),
    overload(["string"], "int", (a: string) => (WHOLE.test(a) ? within64Bits(BigInt(a.replace("+", ""))) : undefined)),
  ],
  string: (["string", "int", "double", "bool"] as const).map((it) => overload([it], "string", String)),
  size: [overload(["string"], "int", (a: string) => BigInt([...a].length))],
  "math.abs": [...real(Math.abs), overload(["int"], "int", (a: bigint) => within64Bits(a < 0n ? -a : a))],
  "math.greatest": [repeating(["double"], "double", Math.max), repeating(["int"], "int", largest)],
  "math.least": [repeating(["double"], "double", Math.min), repeating(["int"], "int", smallest)],
  "math.ceil": real(Math.ceil),
  "math.floor": real(Math.floor),
  "math.round": real(rounded),
  "math.trunc": real(Math.trunc),
  "math.sign": real(Math.sign),
  "math.sqrt": real(Math.sqrt),
  "math.exp": real(Math.exp),
  "math.log": real(Math.log),
  "math.pow": [overload(["double", "double"], "double", (a: number, b: number) => a ** b)],
  "math.isNaN": test(Number.isNaN),
  "math.isInf": test((it) => it === Number.POSITIVE_INFINITY || it === Number.NEGATIVE_INFINITY),
  "math.isFinite": test(Number.isFinite),
};

/** Functions that are called on a text, such as `name.startsWith("a")`. The text is their first argument here. */
export const METHODS: Readonly<Record<string, readonly Overload[]>> = {
  contains: [overload(["string", "string"], "bool", (a: string, b: string) => a.includes(b))],
  startsWith: [overload(["string", "string"], "bool", (a: string, b: string) => a.startsWith(b))],
  endsWith: [overload(["string", "string"], "bool", (a: string, b: string) => a.endsWith(b))],
  size: [overload(["string"], "int", (a: string) => BigInt([...a].length))],
};
