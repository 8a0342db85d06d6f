/**
 * The lower triangle L of a symmetric positive definite matrix, by rows, with L Lᵀ = A (Golub and Van Loan 2013, section 4.2).
 * A pivot that rounding made too small is raised to 1e-12 of its diagonal, so that the factor always exists.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0);
      const least = 1e-12 * (matrix[i * size + i] ?? 0);
      lower[i * size + j] = i === j ? Math.sqrt(Math.max(sum, least)) : sum / (lower[j * size + j] ?? 1);
    }
  }
  return lower;
}

/** The y with L y = x. */
export function forward(lower: Float64Array, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (lower[i * x.length + k] ?? 0) * (y[k] ?? 0);
    y[i] = sum / (lower[i * x.length + i] ?? 1);
  }
  return y;
}

/** The sum of the products, element by element. */
export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};
