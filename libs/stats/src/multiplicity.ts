/**
 * P-values adjusted so that rejecting those up to q keeps the expected share of false rejections at most q, for independent or
 * positively dependent tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x). In the order given.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const n = pValues.length;
  const order = risingOrder(pValues);
  const adjusted = new Array<number>(n).fill(1);
  let least = 1;
  for (let rank = n; rank >= 1; rank--) {
    const at = order[rank - 1] ?? 0;
    least = Math.min(least, ((pValues[at] ?? 1) * n) / rank);
    adjusted[at] = least;
  }
  return adjusted;
}

/**
 * P-values adjusted so that rejecting those up to alpha makes any false rejection at all at most alpha likely, whatever the dependence
 * (Holm 1979, https://www.jstor.org/stable/4615733). In the order given.
 */
export function holm(pValues: readonly number[]): number[] {
  const n = pValues.length;
  const adjusted = new Array<number>(n).fill(1);
  let most = 0;
  for (const [i, at] of risingOrder(pValues).entries()) {
    most = Math.max(most, Math.min(1, (pValues[at] ?? 1) * (n - i)));
    adjusted[at] = most;
  }
  return adjusted;
}

const risingOrder = (values: readonly number[]): number[] =>
  values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
