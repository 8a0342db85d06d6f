/** Not a bench: rows that try to break the steps of a definition. */
import { type Random, seededRandom } from "@throughline/stats";
import { type Columns, type ColumnValue, columnOf, MISSING_TEXT } from "../src/index.ts";

/** How each column of numbers is drawn. */
interface Draws {
  readonly float64: (random: Random) => number | null;
  readonly int64: (random: Random) => bigint | null;
  readonly timestamp: (random: Random) => bigint | null;
}

/** Rows for EVERY_STEP: ordinary values, and all that is at the edges of their types. */
export const hardRows = (rows: number, seed: number): Columns =>
  drawn(rows, seed, { float64: hardNumber, int64: hardWhole, timestamp: hardTimestamp });

/** Rows with numbers as they are in most tables. Texts are hard ones. */
export const mildRows = (rows: number, seed: number): Columns =>
  drawn(rows, seed, {
    float64: (random) => (random() < 0.1 ? null : 40 + 12 * normal(random)),
    int64: (random) => (random() < 0.1 ? null : BigInt(Math.floor(random() * 50))),
    timestamp: (random) => 1_600_000_000_000_000_000n + BigInt(Math.floor(random() * 2 ** 50)) * 100n,
  });

function drawn(rows: number, seed: number, draws: Draws): Columns {
  const random = seededRandom(seed);
  const draw = (type: Parameters<typeof columnOf>[1], value: () => ColumnValue) =>
    columnOf("drawn", type, Array.from({ length: rows }, value));
  return new Map([
    ["x", draw("float64", () => draws.float64(random))],
    ["y", draw("float64", () => (random() < 0.1 ? null : normal(random) * 1e3))],
    ["f", draw("float32", () => draws.float64(random))],
    ["n", draw("int64", () => draws.int64(random))],
    ["b", draw("boolean", () => (random() < 0.2 ? null : random() < 0.3))],
    ["t", draw("timestamp", () => draws.timestamp(random))],
    ["s", draw("string", () => hardText(random))],
    ["words", draw("string", () => hardSentence(random))],
    ["u", draw("timestamp", () => draws.timestamp(random))],
  ]);
}

const oneOf = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const EDGES = [
  ...[0, -0, 1, -1, 0.5, Math.SQRT2, Math.SQRT1_2, Math.SQRT2 - 1, Math.SQRT1_2 - 1, -1.5, 1000.25, 1e9],
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** -1022, 2 ** -1023, 2 ** 500],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, Number.EPSILON, 1 - 2 ** -53, 1 + 2 ** -52],
];

function hardNumber(random: Random): number | null {
  const kind = random();
  if (kind < 0.05) return null;
  if (kind < 0.2) return oneOf(random, EDGES);
  if (kind < 0.4) return (random() < 0.5 ? -1 : 1) * 2 ** (random() * 2140 - 1074);
  if (kind < 0.6) return Math.round(normal(random) * 100) / 4;
  return normal(random) * 10 ** (random() * 12 - 6);
}

function hardWhole(random: Random): bigint | null {
  const kind = random();
  if (kind < 0.1) return null;
  if (kind < 0.7) return BigInt(Math.floor(random() * 20) - 5);
  if (kind < 0.8)
    return oneOf(random, [
      2n ** 63n - 1n,
      -(2n ** 63n) + 1n,
      2n ** 53n + 1n,
      -(2n ** 53n) - 1n,
      2n ** 31n - 1n,
      -(2n ** 31n),
      0n,
    ]);
  return BigInt.asIntN(64, (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32)));
}

const DAY_NS = 86_400_000_000_000n;

function hardTimestamp(random: Random): bigint | null {
  const kind = random();
  if (kind < 0.1) return null;
  if (kind < 0.5) return BigInt(Math.floor((random() - 0.3) * 2 ** 51)) * 1024n + BigInt(Math.floor(random() * 1024));
  if (kind < 0.8)
    return BigInt(Math.floor(random() * 200_000) - 100_000) * DAY_NS + BigInt(Math.floor(random() * 3) - 1);
  return hardWhole(random);
}

const LETTERS = [
  "a",
  "b",
  "A",
  "Z",
  "é",
  "É",
  "ß",
  "İ",
  "Σ",
  "日",
  "😀",
  "𝒳",
  "\u0301",
  "\n",
  "\t",
  "|",
  " ",
  "-",
  "\u00a0",
  "\uFFFD",
  "\uE000",
];

function hardText(random: Random): string | null {
  const kind = random();
  if (kind < 0.1) return null;
  if (kind < 0.6) return `key${Math.floor(random() ** 3 * 60)}`;
  if (kind < 0.65)
    return oneOf(random, ["", "\0", "a\0b", "\uD800", "x\uDC00y", MISSING_TEXT, `${MISSING_TEXT}a`, "none", " "]);
  return Array.from({ length: Math.floor(random() * 12) }, () => oneOf(random, LETTERS)).join("");
}

const WORDS = [
  "the",
  "The",
  "THE",
  "cat",
  "sat",
  "on",
  "mat",
  "ÄÖ",
  "äö",
  "😀😀",
  "a|b",
  "|",
  "c|d|e",
  "",
  "İstanbul",
  "x\ty",
  MISSING_TEXT,
  "\uD83D",
  "\uFFFD",
];

function hardSentence(random: Random): string | null {
  if (random() < 0.1) return null;
  return Array.from({ length: Math.floor(random() * 9) }, () => oneOf(random, WORDS)).join(random() < 0.2 ? "|" : " ");
}
