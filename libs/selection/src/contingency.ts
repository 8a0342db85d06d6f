/** How often the categories of two lists come, alone and together. Only what comes is there, so that many categories take no room. */
export interface Contingency {
  readonly rows: number;
  readonly left: ReadonlyMap<number, number>;
  readonly right: ReadonlyMap<number, number>;
  readonly both: Iterable<Pair>;
}

interface Pair {
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

/** Up to so many pairs of categories for each row are counted in one table of numbers. Beyond, looking at empty cells takes longest. */
const CELLS_PER_ROW_MAX = 4;

/** Counts categories that come together. Any whole number is a category, -1 too. */
export function contingency(a: Int32Array, b: Int32Array): Contingency {
  const [leastA, widthA] = range(a);
  const [leastB, widthB] = range(b);
  if (widthA * widthB > CELLS_PER_ROW_MAX * a.length) return countedByName(a, b);
  const table = new Int32Array(widthA * widthB);
  for (let i = 0; i < a.length; i++) {
    const at = ((a[i] as number) - leastA) * widthB + (b[i] as number) - leastB;
    table[at] = (table[at] as number) + 1;
  }
  const [left, right] = [new Map<number, number>(), new Map<number, number>()];
  const both: Pair[] = [];
  for (const [at, count] of table.entries()) {
    if (count === 0) continue;
    const [x, y] = [Math.floor(at / widthB) + leastA, (at % widthB) + leastB];
    left.set(x, (left.get(x) ?? 0) + count);
    right.set(y, (right.get(y) ?? 0) + count);
    both.push({ x, y, count });
  }
  return { rows: a.length, left, right, both };
}

/** The least category, and how many there could be from it on. */
function range(codes: Int32Array): readonly [number, number] {
  let [least, greatest] = [0, -1];
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (i === 0 || code < least) least = code;
    if (i === 0 || code > greatest) greatest = code;
  }
  return [least, greatest - least + 1];
}

function countedByName(a: Int32Array, b: Int32Array): Contingency {
  const [left, right] = [new Map<number, number>(), new Map<number, number>()];
  const both = new Map<number, { x: number; y: number; count: number }>();
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? -1;
    left.set(x, (left.get(x) ?? 0) + 1);
    right.set(y, (right.get(y) ?? 0) + 1);
    const key = x * 2 ** 26 + y;
    const found = both.get(key);
    if (found) found.count += 1;
    else both.set(key, { x, y, count: 1 });
  }
  return { rows: a.length, left, right, both: [...both.values()] };
}

/** The mutual information of two lists of categories by their counts, in nats. */
export interface CountedInformation {
  /** Of the shares as they are; too high for many categories. */
  readonly plain: number;
  /** Less what independent categories would show on average (Miller 1955); not below 0. */
  readonly corrected: number;
}

/** The information of two lists of categories. */
export function countedInformation(a: Int32Array, b: Int32Array): CountedInformation {
  const { rows, left, right, both } = contingency(a, b);
  let plain = 0;
  for (const { x, y, count } of both)
    plain += (count / rows) * Math.log((count * rows) / ((left.get(x) ?? 0) * (right.get(y) ?? 0)));
  const bias = ((left.size - 1) * (right.size - 1)) / (2 * rows);
  return { plain: Math.max(0, plain), corrected: Math.max(0, plain - bias) };
}

/**
 * Cramer's V, corrected for the number of categories (Bergsma 2013, doi:10.1016/j.jkss.2012.10.002), in [0, 1]. NaN if one list has a single
 * category, or a new one in almost every row.
 */
export function cramersV(a: Int32Array, b: Int32Array): number {
  const { rows, left, right, both } = contingency(a, b);
  let shares = 0;
  for (const { x, y, count } of both) shares += (count / (left.get(x) ?? 0)) * (count / (right.get(y) ?? 0));
  const [r, c] = [left.size - 1, right.size - 1];
  const square = Math.max(0, shares - 1 - (r * c) / (rows - 1));
  const [widthLeft, widthRight] = [r - (r * r) / (rows - 1), c - (c * c) / (rows - 1)];
  const width = Math.min(widthLeft, widthRight);
  return width > 1e-9 ? Math.min(1, Math.sqrt(square / width)) : Number.NaN;
}
