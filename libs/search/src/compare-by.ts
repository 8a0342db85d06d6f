import type { OrderKey } from "./expression.ts";

/** What one thing has for a key of an order (its field, and its data set if it names one); undefined if it has nothing. */
export type OrderLookup = (key: OrderKey) => string | number | undefined;

/**
 * A comparator by the keys, first to last. In both directions missing values come last and NaN before them, as MLflow has it;
 * text is in the order of code points, as SQLite and MongoDB have it. Things that are equal by all keys are equal: `parseOrderBy` ends
 * with an id, so that none are.
 */
export function compareBy<T>(keys: readonly OrderKey[], lookup: (thing: T) => OrderLookup): (a: T, b: T) => number {
  return (a, b) => {
    const [ofA, ofB] = [lookup(a), lookup(b)];
    for (const key of keys) {
      const order = compareValues(ofA(key), ofB(key), key.direction);
      if (order !== 0) return order;
    }
    return 0;
  };
}

type Value = string | number | undefined;

function compareValues(a: Value, b: Value, direction: OrderKey["direction"]): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0 || rank(a) > 0) return ranks;
  const order = typeof a === "string" && typeof b === "string" ? compareTexts(a, b) : Number(a) - Number(b);
  // Infinity less itself is NaN, and stands for equal.
  const sign = Math.sign(order) || 0;
  return direction === "asc" ? sign : 0 - sign;
}

function rank(value: Value): 0 | 1 | 2 {
  if (value === undefined) return 2;
  return typeof value === "number" && Number.isNaN(value) ? 1 : 0;
}

/** JavaScript compares UTF-16 units, which puts characters above U+FFFF before some below: units of surrogates are moved up. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [unitOfA, unitOfB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitOfA !== unitOfB) return raised(unitOfA) - raised(unitOfB);
  }
  return a.length - b.length;
}

const raised = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
