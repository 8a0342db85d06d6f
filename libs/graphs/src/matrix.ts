/** Largest difference of two entries that are to be the same, relative to the larger. */
const TOLERANCE = 1e-9;

/** Whether a square matrix, row by row, is its own transpose but for rounding. */
export function isSymmetric(matrix: readonly number[], size: number): boolean {
  for (let row = 0; row < size; row++)
    for (let column = 0; column < row; column++) {
      const [a, b] = [matrix[row * size + column] ?? 0, matrix[column * size + row] ?? 0];
      if (Math.abs(a - b) > TOLERANCE * Math.max(Math.abs(a), Math.abs(b))) return false;
    }
  return true;
}

/** Whether a symmetric matrix is positive definite: it is if its Cholesky decomposition exists. */
export function isPositiveDefinite(matrix: readonly number[], size: number): boolean {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] ?? 0;
      for (let k = 0; k < column; k++) sum -= (lower[row * size + k] ?? 0) * (lower[column * size + k] ?? 0);
      if (row === column) {
        if (!(sum > 0)) return false;
        lower[row * size + row] = Math.sqrt(sum);
      } else lower[row * size + column] = sum / (lower[column * size + column] ?? 1);
    }
  return true;
}
