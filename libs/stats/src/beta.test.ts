import { expect, test } from "vitest";
import { betaCdf, betaQuantile, logBeta } from "./beta.ts";

// scipy.special.betainc and betaln, scipy.stats.beta.ppf (SciPy 1.17.1).
test.each([
  [0.3, 2, 5, 0.5798250000000003, -3.4011973816621555],
  [0.9, 901, 100, 0.48458229043408024, -326.51845761925324],
  [0.001, 0.5, 0.5, 0.020135041633377492, 1.1447298858494],
  [0.2, 1, 1, 0.2, 0],
  [0.50005, 5e5, 5e5, 0.5398278274524559, -693152.4762292597],
  [0.999, 3, 0.01, 0.05271897567452607, 4.5902323136238845],
  [0.01, 80, 20, 8.877283258271135e-141, -50.503223531356085],
])("the beta distribution up to %d with %d and %d is SciPy's", (x, a, b, below, log) => {
  // What is lost is the rounding of logarithms of gamma functions, which grow with a + b.
  expect(Math.abs(betaCdf(x, a, b) / below - 1)).toBeLessThan(a + b > 1e5 ? 1e-9 : 1e-11);
  expect(Math.abs(logBeta(a, b) - log)).toBeLessThan(1e-12 * Math.max(1, Math.abs(log), a + b));
});

test.each([
  [0.025, 901, 100, 0.8807915173137935],
  [0.975, 901, 100, 0.91789466564442],
  [0.025, 80, 20, 0.7166323707829255],
  [0.5, 1, 3, 0.20629947401590026],
  [1e-9, 2, 7, 5.976214476577388e-6],
  [0.999, 0.5, 2, 0.9488080552841687],
])("the quantile %d of the beta distribution with %d and %d is SciPy's", (p, a, b, x) => {
  expect(Math.abs(betaQuantile(p, a, b) / x - 1)).toBeLessThan(1e-11);
});

test("outside of its domain there is no number", () => {
  expect(betaQuantile(-0.1, 1, 1)).toBeNaN();
  expect(betaQuantile(0.5, 0, 1)).toBeNaN();
  expect(betaCdf(2, 3, 4)).toBe(1);
  expect(betaCdf(-1, 3, 4)).toBe(0);
});
