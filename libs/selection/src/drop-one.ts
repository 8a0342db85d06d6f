import { invalidField } from "@throughline/kernel";
import type { Interval } from "@throughline/stats";
import { meanInterval } from "./permutation-importance.ts";

/**
 * Trains (or scores) a model without some features and gives its loss on each held-out row. The rows are the same in every call; with
 * nothing left out it is the model as it is.
 */
export type TrainWithout = (features: readonly string[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** What it costs to do without a feature. */
export interface DropCost {
  readonly feature: string;
  /** The mean rise of the loss on held-out rows, with its 95% interval over rows; below 0 the model is better without. */
  readonly rise: Interval;
}

const TRAININGS_MAX = 1_000;

/**
 * The drop-one cost of each feature: unlike the permutation importance it lets the other features stand in. The interval has
 * the scatter of rows in it, not that of training: train with one seed, or give the mean of several.
 *
 * @throws DomainError invalid DROP_ONE for more than 1,000 features, or if a training gives another number of losses.
 */
export async function dropCosts(features: readonly string[], train: TrainWithout): Promise<readonly DropCost[]> {
  if (features.length > TRAININGS_MAX)
    throw invalidField("features", `${features.length} trainings, at most ${TRAININGS_MAX} are possible`, "DROP_ONE");
  const base = await train([]);
  const found: DropCost[] = [];
  for (const feature of features) {
    const losses = await train([feature]);
    if (losses.length !== base.length)
      throw invalidField("train", `without ${feature} it gave ${losses.length} losses, not ${base.length}`, "DROP_ONE");
    const rises = Float64Array.from({ length: base.length }, (_, row) => (losses[row] ?? 0) - (base[row] ?? 0));
    found.push({ feature, rise: meanInterval(rises) });
  }
  return found;
}
