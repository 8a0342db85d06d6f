import { hashOf } from "./chance.ts";
import type { HalvingRule, Judged } from "./pruning-rules.ts";
import { type Direction, losses, type Report } from "./trial.ts";

/**
 * Asynchronous successive halving (Li et al. 2020, arXiv:1810.05934), as a stopping rule: a trial that reaches a rung goes on
 * if its value there is within the best 1/factor of all values seen there so far. While there are fewer than `factor` values,
 * the best one goes on.
 */
export function halvingSays(rule: HalvingRule, { direction, trial, others }: Judged): boolean {
  const last = trial.reports.at(-1);
  if (last === undefined) return false;
  const before = rungLosses(rule, direction, trial.reports.slice(0, -1)).length;
  const mine = rungLosses(rule, direction, trial.reports);
  if (Number.isNaN(last.value)) return last.step >= resourceOf(rule, before);
  if (mine.length === before) return false;
  const theirs = others.map((it) => rungLosses(rule, direction, it.reports));
  return mine.some((loss, rung) => {
    if (rung < before) return false;
    const competing = [loss, ...theirs.flatMap((it) => it[rung] ?? [])].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const place = Math.max(Math.floor(competing.length / rule.factor), 1) - 1;
    return !(loss <= (competing[place] ?? loss));
  });
}

/** The step at which a rung stands. */
const resourceOf = ({ minResource, factor, delay }: HalvingRule, rung: number): number =>
  minResource * factor ** (delay + rung);

/** What a trial had at each rung that it reached: its first report there, or after it where there is none. */
function rungLosses(rule: HalvingRule, direction: Direction, reports: readonly Report[]): readonly number[] {
  const found: number[] = [];
  for (const { step, value } of reports) {
    if (Number.isNaN(value)) continue;
    while (step >= resourceOf(rule, found.length)) found.push(losses([direction], [value])[0] ?? value);
  }
  return found;
}

interface Brackets {
  readonly minResource: number;
  readonly maxResource: number;
  readonly factor: number;
}

/**
 * The bracket of hyperband that a trial is in, from the one that prunes soonest on: by chance, as often as brackets have
 * trials in the paper (Li et al. 2018, arXiv:1603.06560).
 */
export function bracketOf(brackets: Brackets, keys: readonly number[]): number {
  const shares = bracketShares(brackets);
  const total = shares.reduce((sum, it) => sum + it, 0);
  let place = hashOf(keys) % total;
  return shares.findIndex((share) => {
    place -= share;
    return place < 0;
  });
}

/** Trials of each bracket in one round. */
export function bracketShares({ minResource, maxResource, factor }: Brackets): readonly number[] {
  // Logarithms of powers are not exact: 243 is five times 3.
  const count = Math.floor(Math.log(maxResource / minResource) / Math.log(factor) + 1e-9) + 1;
  return Array.from({ length: count }, (_, bracket) =>
    Math.ceil((count * factor ** (count - 1 - bracket)) / (count - bracket)),
  );
}
