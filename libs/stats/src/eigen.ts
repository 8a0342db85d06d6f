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
  // Their columns are the vectors' elements: to turn two vectors is to turn two rows, which lie in one piece.
  const columns = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  const size = squared(a, true);
  // What is off the diagonal goes down quadratically: at this share of the whole it is beyond the last place.
  for (let sweep = 0; sweep < SWEEPS_MAX && squared(a, false) > 1e-34 * size; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) annihilate(a, columns, [p, q]);
  const vectors = a.map((_, i) => Float64Array.from(columns, (column) => column[i] as number));
  return { values: Float64Array.from(a, (row, i) => row[i] as number), vectors };
}

function squared(a: readonly Float64Array[], diagonalToo: boolean): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const row = a[i] as Float64Array;
    for (let j = 0; j < row.length; j++) if (diagonalToo || i !== j) sum += (row[j] as number) * (row[j] as number);
  }
  return sum;
}

/** Rotates rows and columns p and q so that the element between them becomes 0. */
function annihilate(
  a: readonly Float64Array[],
  columns: readonly Float64Array[],
  [p, q]: readonly [number, number],
): void {
  const [rowP, rowQ] = [a[p] as Float64Array, a[q] as Float64Array];
  const between = rowP[q] as number;
  if (between === 0) return;
  const half = ((rowQ[q] as number) - (rowP[p] as number)) / (2 * between);
  const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  // Written out, since a function of two numbers that gives two makes a list for each.
  for (let i = 0; i < a.length; i++) {
    const row = a[i] as Float64Array;
    const x = row[p] as number;
    const y = row[q] as number;
    row[p] = cosine * (x - tangent * y);
    row[q] = cosine * (tangent * x + y);
  }
  turnRows(rowP, rowQ, { cosine, tangent });
  // Rounding leaves something there, which later sweeps would turn about for ever.
  rowP[q] = 0;
  rowQ[p] = 0;
  turnRows(columns[p] as Float64Array, columns[q] as Float64Array, { cosine, tangent });
}

interface Turn {
  readonly cosine: number;
  readonly tangent: number;
}

function turnRows(rowP: Float64Array, rowQ: Float64Array, { cosine, tangent }: Turn): void {
  for (let k = 0; k < rowP.length; k++) {
    const x = rowP[k] as number;
    const y = rowQ[k] as number;
    rowP[k] = cosine * (x - tangent * y);
    rowQ[k] = cosine * (tangent * x + y);
  }
}
