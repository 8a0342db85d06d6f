/** Eigenvalues of a symmetric matrix, and eigenvectors: element i of each row of `vectors` belongs to `values[i]`. */
export interface Eigen {
  /** In no order. */
  readonly values: Float64Array;
  /** Of length 1 and at right angles; their signs are not settled. */
  readonly vectors: readonly Float64Array[];
}

const SWEEPS_MAX = 60;

/**
 * Jacobi's method by cyclic sweeps (Golub and Van Loan 2013, section 8.5), exact to rounding for matrices of up to some
 * hundred rows. Only sums, products, quotients and square roots: the same bits on every machine.
 */
export function symmetricEigen(matrix: readonly Float64Array[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  const vectors = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  const size = squared(a, () => true);
  // What is off the diagonal goes down quadratically: at this share of the whole it is beyond the last place.
  for (let sweep = 0; sweep < SWEEPS_MAX && squared(a, (i, j) => i !== j) > 1e-34 * size; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) annihilate(a, vectors, [p, q]);
  return { values: Float64Array.from(a, (row, i) => row[i] as number), vectors };
}

const squared = (a: readonly Float64Array[], counts: (i: number, j: number) => boolean): number =>
  a.reduce((sum, row, i) => row.reduce((part, it, j) => (counts(i, j) ? part + it * it : part), sum), 0);

/** Rotates rows and columns p and q so that the element between them becomes 0. */
function annihilate(
  a: readonly Float64Array[],
  vectors: readonly Float64Array[],
  [p, q]: readonly [number, number],
): void {
  const [rowP, rowQ] = [a[p] as Float64Array, a[q] as Float64Array];
  const between = rowP[q] as number;
  if (between === 0) return;
  const half = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * between);
  const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const turned = (x: number, y: number): readonly [number, number] => [
    cosine * (x - tangent * y),
    cosine * (tangent * x + y),
  ];
  for (const row of [...a, ...vectors]) [row[p], row[q]] = turned(row[p] as number, row[q] as number);
  for (let k = 0; k < a.length; k++) [rowP[k], rowQ[k]] = turned(rowP[k] as number, rowQ[k] as number);
}
