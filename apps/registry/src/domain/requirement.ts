import type { MetricCondition } from "./gate.ts";
import { CONFIDENCE, halfWidth, type Seen, shown } from "./metric-seen.ts";

/** Something that a value is held against. */
export interface Requirement {
  /** The least good value that is good enough. */
  readonly bound: number;
  /** How uncertain the bound is, towards better and towards worse values: what it is relative to is an estimate too. */
  readonly halfWidth: { readonly better: number; readonly worse: number };
  readonly text: string;
}

/** What a value is held against, and whether something to compare with is missing. */
export interface Requirements {
  readonly all: readonly Requirement[];
  readonly missing: boolean;
  /** Why no bound can be computed. */
  readonly undefinedBecause?: string;
}

/** What a value must be by a condition, given what is seen of the baseline. */
export function requirements(condition: MetricCondition, baseline: Omit<Seen, "source"> | undefined): Requirements {
  const { greaterIsBetter, threshold, minAbsoluteChange, minRelativeChange } = condition;
  const needed = greaterIsBetter ? "at least" : "at most";
  const sign = greaterIsBetter ? 1 : -1;
  const absolute: readonly Requirement[] =
    threshold === undefined
      ? []
      : [{ bound: threshold, halfWidth: { better: 0, worse: 0 }, text: `${needed} ${shown(threshold)} is needed` }];
  if (minAbsoluteChange === undefined && minRelativeChange === undefined) return { all: absolute, missing: false };
  if (!baseline) return { all: absolute, missing: true };
  if (!Number.isFinite(baseline.value))
    return {
      all: absolute,
      missing: false,
      undefinedBecause: notFinite(`${condition.metric} of the baseline`, baseline.value),
    };
  if (baseline.value === 0 && minRelativeChange !== undefined)
    return {
      all: absolute,
      missing: false,
      undefinedBecause: `${condition.metric} of the baseline is 0, so that a share of it means nothing. Give the gate min_absolute_change instead.`,
    };
  const confidence = condition.slices?.confidence ?? CONFIDENCE;
  const relative = (change: number, scale: number, text: string): Requirement => ({
    bound: baseline.value + change,
    halfWidth: {
      better: scale * halfWidth(baseline, greaterIsBetter ? "high" : "low", confidence),
      worse: scale * halfWidth(baseline, greaterIsBetter ? "low" : "high", confidence),
    },
    text: `${needed} ${shown(baseline.value + change)} is needed, ${text} the baseline's ${shown(baseline.value)}`,
  });
  const all = [...absolute];
  if (minAbsoluteChange !== undefined)
    all.push(relative(sign * minAbsoluteChange, 1, by(shown(Math.abs(minAbsoluteChange)), minAbsoluteChange)));
  if (minRelativeChange !== undefined) {
    const change = sign * minRelativeChange * Math.abs(baseline.value);
    const scale = Math.abs(1 + change / baseline.value);
    all.push(relative(change, scale, by(`${shown(Math.abs(minRelativeChange) * 100)} %`, minRelativeChange)));
  }
  return { all, missing: false };
}

/** Why a value meets no bound, and is none: of infinities nobody can say by how much one is better. */
export const notFinite = (what: string, value: number): string =>
  `${what} is ${shown(value)}, which cannot be compared. Evaluate it again where it is finite.`;

const by = (amount: string, change: number): string =>
  change === 0 ? "no worse than" : `${amount} ${change > 0 ? "better" : "worse"} than`;

/** The bound that decides. */
export const tightestOf = (all: readonly Requirement[], greaterIsBetter: boolean): Requirement | undefined =>
  all.toSorted((a, b) => (greaterIsBetter ? b.bound - a.bound : a.bound - b.bound))[0];
