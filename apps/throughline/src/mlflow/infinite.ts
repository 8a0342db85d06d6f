/** A database of MLflow keeps an infinity as the largest float, and its server gives that back. */
export const infiniteAgain = (value: number): number =>
  Math.abs(value) >= Number.MAX_VALUE ? Math.sign(value) * Number.POSITIVE_INFINITY : value;
