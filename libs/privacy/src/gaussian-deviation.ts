/**
 * The standard deviation, in units of the sensitivity, with which discrete Gaussian noise is (epsilon, delta)-differentially
 * private: such noise is rho-concentrated private with rho = 1 / (2 deviation²) (theorem 4 of Canonne, Kamath and Steinke 2020,
 * arXiv:2004.00010), which is turned into delta by their bound for such privacy. Never too small, and up to a tenth wider
 * than the least that continuous noise could do with (for delta up to 1e-5; a quarter for 0.05).
 */
export function gaussianDeviation(epsilon: number, delta: number): number {
  let [low, high] = [1e-3, 1];
  while (deltaOf(high, epsilon) > delta) high *= 2;
  for (let i = 0; i < 100 && high - low > high * 1e-12; i++) {
    const middle = (low + high) / 2;
    if (deltaOf(middle, epsilon) > delta) low = middle;
    else high = middle;
  }
  return high;
}

/** The least bound over all orders alpha > 1: any alpha bounds delta, so a search that stops early errs on the safe side. */
function deltaOf(deviation: number, epsilon: number): number {
  const rho = 1 / (2 * deviation * deviation);
  const slope = (alpha: number): number => (2 * alpha - 1) * rho - epsilon + Math.log1p(-1 / alpha);
  let [low, high] = [1 + 1e-9, 2];
  while (slope(high) < 0) high *= 2;
  for (let i = 0; i < 200 && high - low > high * 1e-12; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  const alpha = high;
  const exponent = (alpha - 1) * (alpha * rho - epsilon) + alpha * Math.log1p(-1 / alpha) - Math.log(alpha - 1);
  return Math.min(1, Math.exp(exponent));
}
