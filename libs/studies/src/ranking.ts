import type { Steps } from "@throughline/kernel";
import { compare, fronts, paretoOrder } from "./pareto.ts";
import { type Direction, losses, type Trial } from "./trial.ts";

/**
 * The trials that say how good their parameters are, from the best to the worst: the complete ones by their values (by fronts,
 * if there are several), then the pruned ones, of which those that came further are better, and of equally far ones the
 * better value. Failed and running trials, and pruned ones without a report, are left out.
 */
export function* ranked(trials: readonly Trial[], directions: readonly Direction[]): Steps<readonly Trial[]> {
  return [...(yield* rankedComplete(trials, directions)), ...rankedPruned(trials, directions[0] ?? "MINIMIZE")];
}

/** The complete trials alone. Of equal ones the earlier is first. */
export function* rankedComplete(trials: readonly Trial[], directions: readonly Direction[]): Steps<readonly Trial[]> {
  const complete = trials.filter((it) => it.state === "COMPLETE").toSorted((a, b) => a.number - b.number);
  const points = complete.map((it) => losses(directions, it.values));
  const order =
    directions.length > 1
      ? yield* paretoOrder(points)
      : points.map((_, i) => i).toSorted((a, b) => compare(points[a]?.[0] ?? 0, points[b]?.[0] ?? 0) || a - b);
  return order.flatMap((i) => complete[i] ?? []);
}

/** The best complete trial; with several objectives, by number, all those that no other one beats. */
export function* bestTrials(trials: readonly Trial[], directions: readonly Direction[]): Steps<readonly Trial[]> {
  if (directions.length === 1) return (yield* rankedComplete(trials, directions)).slice(0, 1);
  const complete = trials.filter((it) => it.state === "COMPLETE").toSorted((a, b) => a.number - b.number);
  const [front = []] = yield* fronts(complete.map((it) => losses(directions, it.values)));
  return front.flatMap((i) => complete[i] ?? []);
}

function rankedPruned(trials: readonly Trial[], direction: Direction): readonly Trial[] {
  return trials
    .flatMap((trial) => {
      const last = trial.reports.at(-1);
      if (trial.state !== "PRUNED" || last === undefined) return [];
      const [loss = 0] = losses([direction], [last.value]);
      return [{ trial, step: last.step, loss: Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss }];
    })
    .toSorted((a, b) => b.step - a.step || compare(a.loss, b.loss) || a.trial.number - b.trial.number)
    .map(({ trial }) => trial);
}
