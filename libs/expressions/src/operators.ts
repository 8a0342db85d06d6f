import { type Overload, overload } from "./overloads.ts";
import { type Value, within64Bits } from "./value.ts";

/** Most characters of a text that is put together. */
const STRING_LENGTH_MAX = 65_536;

const doubles = (apply: (a: number, b: number) => number): Overload => overload(["double", "double"], "double", apply);

const ints = (apply: (a: bigint, b: bigint) => bigint | undefined): Overload =>
  overload(["int", "int"], "int", (a: bigint, b: bigint) => {
    const value = apply(a, b);
    return value === undefined ? undefined : within64Bits(value);
  });

const joined = (a: string, b: string): string | undefined =>
  a.length + b.length > STRING_LENGTH_MAX ? undefined : a + b;

/** Numbers of both types compare by their value, as in CEL. */
const compared = (apply: (a: Value, b: Value) => boolean): readonly Overload[] => [
  ...(["double", "int", "string", "bool"] as const).map((it) => overload([it, it], "bool", apply)),
  overload(["double", "int"], "bool", apply),
  overload(["int", "double"], "bool", apply),
];

/** What is the same: `==` between a bigint and a number is by value, and exact. */
// biome-ignore lint/suspicious/noDoubleEquals: `===` never holds between a bigint and a number.
export const isEqual = (a: Value, b: Value): boolean => a == b;

/** Operators by the names that CEL's syntax tree gives them. */
export const OPERATORS: Readonly<Record<string, readonly Overload[]>> = {
  "_+_": [doubles((a, b) => a + b), ints((a, b) => a + b), overload(["string", "string"], "string", joined)],
  "_-_": [doubles((a, b) => a - b), ints((a, b) => a - b)],
  "_*_": [doubles((a, b) => a * b), ints((a, b) => a * b)],
  "_/_": [doubles((a, b) => a / b), ints((a, b) => (b === 0n ? undefined : a / b))],
  "_%_": [ints((a, b) => (b === 0n ? undefined : a % b))],
  "-_": [overload(["double"], "double", (a: number) => -a), overload(["int"], "int", (a: bigint) => within64Bits(-a))],
  "!_": [overload(["bool"], "bool", (a: boolean) => !a)],
  "_<_": compared((a, b) => a < b),
  "_<=_": compared((a, b) => a <= b),
  "_>_": compared((a, b) => a > b),
  "_>=_": compared((a, b) => a >= b),
  "_==_": compared(isEqual),
  "_!=_": compared((a, b) => !isEqual(a, b)),
};
