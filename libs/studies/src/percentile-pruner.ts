import { quantileOfSorted } from "@throughline/stats";
import type { Judged, PercentileRule } from "./pruning-rules.ts";
import { losses, type Report } from "./trial.ts";

/** The rule of Vizier's median stopping (Golovin et al. 2017, doi:10.1145/3097983.3098043), for any percentile. */
export function percentileSays(rule: PercentileRule, { direction, trial, others }: Judged): boolean {
  const complete = others.filter((it) => it.state === "COMPLETE");
  const step = trial.reports.at(-1)?.step ?? 0;
  if (complete.length < Math.max(rule.startupTrials, 1) || step < rule.warmupSteps) return false;
  if (!isCheck(rule, trial.reports)) return false;
  const lossOf = (report: Report): number => losses([direction], [report.value])[0] ?? Number.NaN;
  const mine = trial.reports.map(lossOf).filter((it) => !Number.isNaN(it));
  if (mine.length === 0) return true;
  const atStep = complete.flatMap((it) => it.reports.filter((report) => report.step === step));
  if (atStep.length < rule.trialsMin) return false;
  const theirs = atStep.map(lossOf).filter((it) => !Number.isNaN(it));
  if (theirs.length === 0) return false;
  const sorted = Float64Array.from(theirs).sort();
  return Math.min(...mine) > quantileOfSorted(sorted, rule.percentile / 100);
}

/** True if the last report is the first one since a check was due. */
function isCheck({ warmupSteps, intervalSteps }: PercentileRule, reports: readonly Report[]): boolean {
  const step = reports.at(-1)?.step ?? 0;
  const due = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
  const before = reports.at(-2);
  return before === undefined || before.step < due;
}
