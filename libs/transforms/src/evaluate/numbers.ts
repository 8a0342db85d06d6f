import type { Arithmetic, Comparison } from "../program.ts";

/** Elements of a lane, with so many in each row. */
export interface Elements<Values> {
  readonly values: Values;
  readonly width: number;
}

/** Repeats the elements of lanes of width 1, so that each row has `width` elements. A single number stays one. */
export function widened<Values extends Float64Array | Uint8Array>(lane: Elements<Values>, width: number): Values {
  if (lane.width === width || lane.values.length === 1) return lane.values;
  const { values } = lane;
  const wide =
    values instanceof Float64Array ? new Float64Array(values.length * width) : new Uint8Array(values.length * width);
  for (let i = 0, row = 0; row < values.length; row++)
    for (let k = 0; k < width; k++) wide[i++] = values[row] as number;
  return wide as Values;
}

/** The same elements in every row. One number is kept as one, and stands for all rows. */
export function repeated(row: readonly number[], rows: number): Float64Array {
  if (row.length === 1) return Float64Array.from(row);
  const values = new Float64Array(rows * row.length);
  for (let i = 0; i < rows; i++) values.set(row, i * row.length);
  return values;
}

type Numbers = Float64Array;

/** The distance of neighbours: a single number is its own neighbour. */
const strideOf = ({ length }: Numbers | Uint8Array): number => (length === 1 ? 0 : 1);

/** One loop for each operation: a loop that took the operation as a function would be several times slower. */
export function arithmetic(op: Arithmetic, a: Numbers, b: Numbers): Float64Array {
  const result = new Float64Array(Math.max(a.length, b.length));
  const [s, t] = [strideOf(a), strideOf(b)];
  const n = result.length;
  if (op === "add") for (let i = 0; i < n; i++) result[i] = (a[i * s] as number) + (b[i * t] as number);
  else if (op === "subtract") for (let i = 0; i < n; i++) result[i] = (a[i * s] as number) - (b[i * t] as number);
  else if (op === "multiply") for (let i = 0; i < n; i++) result[i] = (a[i * s] as number) * (b[i * t] as number);
  else for (let i = 0; i < n; i++) result[i] = (a[i * s] as number) / (b[i * t] as number);
  return result;
}

/** 1 where it holds. Nothing holds for NaN. */
export function comparison(op: Comparison, a: Numbers, b: Numbers): Uint8Array {
  const result = new Uint8Array(Math.max(a.length, b.length));
  const [s, t] = [strideOf(a), strideOf(b)];
  const n = result.length;
  if (op === "less") for (let i = 0; i < n; i++) result[i] = Number((a[i * s] as number) < (b[i * t] as number));
  else for (let i = 0; i < n; i++) result[i] = Number((a[i * s] as number) >= (b[i * t] as number));
  return result;
}

export function areNaN(of: Numbers): Uint8Array {
  const result = new Uint8Array(of.length);
  for (let i = 0; i < result.length; i++) result[i] = Number(Number.isNaN(of[i]));
  return result;
}

export function selected(where: Uint8Array, yes: Numbers, no: Numbers): Float64Array {
  const result = new Float64Array(Math.max(where.length, yes.length, no.length));
  const [w, s, t] = [strideOf(where), strideOf(yes), strideOf(no)];
  for (let i = 0; i < result.length; i++) result[i] = (where[i * w] === 1 ? yes[i * s] : no[i * t]) as number;
  return result;
}

/** For each number, how many of the ascending boundaries are at most it. */
export function counted(of: Float64Array, boundaries: readonly number[]): Float64Array {
  const result = new Float64Array(of.length);
  for (let i = 0; i < result.length; i++) {
    const number = of[i] as number;
    // NaN is at least no boundary, so that it ends at 0.
    let [low, high] = [0, boundaries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (number >= (boundaries[middle] as number)) low = middle + 1;
      else high = middle;
    }
    result[i] = low;
  }
  return result;
}

export function taken(index: Float64Array, table: readonly (readonly number[])[]): Float64Array {
  const width = table[0]?.length ?? 0;
  const result = new Float64Array(index.length * width);
  index.forEach((at, row) => {
    result.set(table[at] as readonly number[], row * width);
  });
  return result;
}

export function oneHot(index: Float64Array, size: number): Float64Array {
  const result = new Float64Array(index.length * size);
  index.forEach((at, row) => {
    if (at >= 0 && at < size) result[row * size + at] = 1;
  });
  return result;
}

export function joined(parts: readonly Elements<Float64Array>[], rows: number): Float64Array {
  const width = parts.reduce((sum, it) => sum + it.width, 0);
  const result = new Float64Array(rows * width);
  let start = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < part.width; i++)
        result[row * width + start + i] = part.values[row * part.width + i] as number;
    start += part.width;
  }
  return result;
}

/** One element of each row. */
export function picked({ values, width }: Elements<Float64Array>, at: number): Float64Array {
  const result = new Float64Array(values.length / width);
  for (let row = 0; row < result.length; row++) result[row] = values[row * width + at] as number;
  return result;
}
