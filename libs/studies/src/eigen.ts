/** Eigenvalues and eigenvectors of a symmetric matrix: column i of `vectors` belongs to `values[i]`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

const SWEEPS_MAX = 50;

/** The cyclic Jacobi method (Golub and Van Loan 2013, section 8.5), exact to rounding for matrices of some dozens of rows. */
export function symmetricEigen(matrix: readonly Float64Array[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = a.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const size = a.reduce((sum, row) => sum + row.reduce((total, it) => total + it * it, 0), 0);
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let off = 0;
    for (const [i, row] of a.entries()) for (let j = 0; j < i; j++) off += (row[j] ?? 0) ** 2;
    // What is off the diagonal goes down quadratically: this is as exact as the elements are.
    if (!(off > 1e-32 * size)) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, [p, q]);
  }
  return { values: Float64Array.from(a, (row, i) => row[i] ?? 0), vectors };
}

/** Turns rows and columns p and q so that the element between them is 0. */
function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], [p, q]: readonly [number, number]): void {
  const [rowP, rowQ] = [a[p], a[q]];
  const between = rowP?.[q] ?? 0;
  if (rowP === undefined || rowQ === undefined || between === 0) return;
  const tau = ((rowQ[q] ?? 0) - (rowP[p] ?? 0)) / (2 * between);
  const tangent = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const cosine = 1 / Math.hypot(1, tangent);
  const sine = tangent * cosine;
  for (const row of a) turn(row, [p, q], [cosine, sine]);
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k] ?? 0, rowQ[k] ?? 0];
    rowP[k] = cosine * x - sine * y;
    rowQ[k] = sine * x + cosine * y;
  }
  for (const row of vectors) turn(row, [p, q], [cosine, sine]);
}

function turn(row: Float64Array, [p, q]: readonly [number, number], [cosine, sine]: readonly [number, number]): void {
  const [x, y] = [row[p] ?? 0, row[q] ?? 0];
  row[p] = cosine * x - sine * y;
  row[q] = sine * x + cosine * y;
}
