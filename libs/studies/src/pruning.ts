import { percentileSays } from "./percentile-pruner.ts";
import type { HalvingRule, Judged, PercentileRule } from "./pruning-rules.ts";
import { bracketOf, halvingSays } from "./successive-halving.ts";

/** When a trial is given up on its way. */
export type Pruner =
  | { readonly kind: "none" }
  | PercentileRule
  | ({ readonly kind: "asha" } & HalvingRule)
  | { readonly kind: "hyperband"; readonly minResource: number; readonly maxResource: number; readonly factor: number };

/** True if the trial is not worth going on with. A report that is not a number is worth nothing. */
export function shouldPrune(pruner: Pruner, judged: Judged): boolean {
  if (judged.trial.reports.length === 0) return false;
  switch (pruner.kind) {
    case "none":
      return false;
    case "percentile":
      return percentileSays(pruner, judged);
    case "asha":
      return halvingSays(pruner, judged);
    case "hyperband": {
      const bracket = (number: number): number => bracketOf(pruner, [judged.seed, number]);
      const delay = bracket(judged.trial.number);
      const others = judged.others.filter((it) => bracket(it.number) === delay);
      return halvingSays({ ...pruner, delay }, { ...judged, others });
    }
  }
}
