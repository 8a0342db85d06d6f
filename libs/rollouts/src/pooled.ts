import { type DifferenceSums, mergeMoments } from "@throughline/stats";
import type { Design } from "./design.ts";
import { type Evidence, NO_EVIDENCE, shown } from "./evidence.ts";

/**
 * The evidence of several routers about one analysis, as one. Each part is of other predictions, and all are tuned by one `rho`, which
 * was told by observations that count in none of them. Laws:
 * - One part alone is given back as it is.
 * - The parts may be looked at whenever there is one that is new, in whatever order they come.
 *
 * Why this holds: for each size of a bet, a router's capital is a product of factors whose expectation is at most 1, given everything
 * that was seen before, here and elsewhere, since chance chooses the arm of each request alone. So the product over routers is such
 * capital too (Vovk and Wang 2021, doi:10.1214/20-AOS2020, section 4; Ramdas, Grünwald, Vovk and Shafer 2023,
 * doi:10.1214/23-STS894), along whatever order the parts are told in; and that product is the capital of the added sums. The mixture over
 * the sizes of bets comes afterwards, once, so that several routers pay no more for it than one.
 *
 * Parts in which nothing is counted yet add to the means alone; parts that are tuned otherwise have to be told anew and are left out.
 */
export function pooled(parts: readonly Evidence[], design: Design): Evidence {
  const [rho = 0] = parts.flatMap((it) => (it.rho > 0 ? [it.rho] : []));
  const fitting = parts.filter((it) => it.rho === 0 || it.rho === rho);
  const seen = fitting.filter((it) => it.sums.candidate.count + it.sums.baseline.count + it.missingCount > 0);
  const [only = NO_EVIDENCE] = seen;
  if (seen.length <= 1) return only;
  const together: Evidence = {
    sums: seen.map((it) => it.sums).reduce(added),
    rho,
    pilotCount: sumOf(seen, (it) => it.pilotCount),
    pilotSquares: sumOf(seen, (it) => it.pilotSquares),
    missingCount: sumOf(seen, (it) => it.missingCount),
    // What one part shows alone counts no more: either it or all together are looked at.
    worse: undefined,
    cleared: undefined,
  };
  return rho > 0 ? shown(together, design) : together;
}

const sumOf = (parts: readonly Evidence[], numberOf: (part: Evidence) => number): number =>
  parts.reduce((sum, it) => sum + numberOf(it), 0);

const added = (a: DifferenceSums, b: DifferenceSums): DifferenceSums => ({
  candidate: mergeMoments(a.candidate, b.candidate),
  baseline: mergeMoments(a.baseline, b.baseline),
  weight: a.weight + b.weight,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
  squaresAbove: a.squaresAbove + b.squaresAbove,
  squaresBelow: a.squaresBelow + b.squaresBelow,
});
