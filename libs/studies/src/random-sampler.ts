import { chanceOf } from "./chance.ts";
import { valueAt } from "./parameter.ts";
import { chosen } from "./space.ts";
import type { Ask, Suggestion } from "./trial.ts";

/** Draws every parameter evenly, whatever the past. */
export function randomSuggestion({ problem, number }: Pick<Ask, "problem" | "number">): Suggestion {
  const random = chanceOf(problem.seed, number);
  return { params: chosen(problem.space, (parameter) => valueAt(parameter, random())), generation: 0 };
}
