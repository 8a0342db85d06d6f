import { invariant, type Steps } from "@throughline/kernel";
import { cmaSuggestion } from "./cma-es.ts";
import { geneticSuggestion } from "./genetic.ts";
import { gridSuggestion } from "./grid-sampler.ts";
import { randomSuggestion } from "./random-sampler.ts";
import { sobolSuggestion } from "./sobol-sampler.ts";
import { tpeSuggestion } from "./tpe.ts";
import type { Ask, Suggestion } from "./trial.ts";

/** How parameters are chosen. */
export type Sampler =
  | { readonly kind: "random" | "sobol" | "cma-es" }
  /** `floatPoints`: how many values a float without a step has in the grid, from 1 on. */
  | { readonly kind: "grid"; readonly floatPoints: number }
  /** Learns from all parameters together, or from each by itself. */
  | { readonly kind: "tpe"; readonly multivariate: boolean }
  /** `population`: trials of one generation, from 2 on. */
  | { readonly kind: "genetic"; readonly population: number };

/**
 * The parameters of the next trial: the same for the same ask, on every machine. Undefined when a grid has been searched
 * through; no other sampler ever ends. The space must have passed `checkSpace`.
 */
export function* suggest(sampler: Sampler, ask: Ask): Steps<Suggestion | undefined> {
  invariant(ask.problem.directions.length > 0, "a problem has an objective");
  switch (sampler.kind) {
    case "random":
      return randomSuggestion(ask);
    case "sobol":
      return sobolSuggestion(ask);
    case "grid":
      return gridSuggestion(ask, sampler);
    case "tpe":
      return yield* tpeSuggestion(ask, sampler);
    case "cma-es":
      return yield* cmaSuggestion(ask);
    case "genetic":
      return yield* geneticSuggestion(ask, sampler);
  }
}
