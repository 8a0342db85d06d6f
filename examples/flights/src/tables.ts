import type { ReleaseMetrics } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { RolloutState, Verdict } from "@throughline/contracts/throughline/registry/v1/rollout_pb";
import type { Value } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type DriftReport, DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import type { Evaluation } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import { Distance } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import type { Coverages } from "./coverage.ts";
import type { Chosen } from "./graphs.ts";
import { enumWords, plainTable } from "./plain-table.ts";
import { count, figure, percent } from "./progress.ts";
import type { Concluded } from "./tested-rollouts.ts";

type EvaluatedSlice = Evaluation["slices"][number];

/** A value for people. */
export function textOf({ kind }: Value): string {
  if (kind.case === undefined) return "null";
  if (kind.case === "timestampValue") return new Date(Number(kind.value.seconds) * 1_000).toISOString();
  return String(kind.value);
}

/** Slices of each model that are shown, those with the least AUC; the platform keeps all. */
const WEAKEST_MAX = 3;

/** AUC over all rows and of the weakest slices, with its interval. */
export function evaluationTable(
  evaluations: readonly { readonly name: string; readonly evaluation: Evaluation }[],
): string {
  const table = plainTable(["model", "slice", "rows", "late", "AUC", "95 % interval"]);
  for (const { name, evaluation } of evaluations) {
    const aucOf = (slice: EvaluatedSlice) => slice.metrics.find((it) => it.name === "auc");
    const isWhole = (slice: EvaluatedSlice): boolean => Object.keys(slice.key).length === 0;
    const weakest = evaluation.slices
      .filter((it) => !isWhole(it))
      .sort((a, b) => (aucOf(a)?.value ?? 1) - (aucOf(b)?.value ?? 1))
      .slice(0, WEAKEST_MAX);
    for (const slice of [...evaluation.slices.filter(isWhole), ...weakest]) {
      const auc = aucOf(slice);
      const key = Object.entries(slice.key).map(([column, value]) => `${column} ${value}`);
      const interval = auc?.interval ? `${figure(auc.interval.low)} to ${figure(auc.interval.high)}` : "-";
      const late = percent(Number(slice.positiveCount) / Number(slice.rowCount));
      table.push([
        name,
        key.join(", ") || "all",
        count(slice.rowCount),
        late,
        figure(auc?.value ?? Number.NaN),
        interval,
      ]);
    }
  }
  return table.toString();
}

/** What each rollout came to, and the evidence at its end. */
export function rolloutTable(rollouts: readonly Concluded[]): string {
  const table = plainTable(["rollout", "questions", "metric", "candidate", "baseline", "difference", "verdict"]);
  for (const { title, rollout, decision, askedCount } of rollouts) {
    decision.evidence.forEach((it, i) => {
      table.push([
        i === 0 ? `${title.split(":")[0]}: ${enumWords(RolloutState[rollout.state])}` : "",
        i === 0 ? count(askedCount) : "",
        it.analysis,
        `${figure(it.candidateMean)} of ${count(it.candidateCount)}`,
        `${figure(it.baselineMean)} of ${count(it.baselineCount)}`,
        `${figure(it.differenceLow)} to ${figure(it.differenceHigh)}`,
        enumWords(Verdict[it.verdict]),
      ]);
    });
  }
  return table.toString();
}

/** Which arms a bandit took, from its first questions to its last. */
export function banditTable(chosen: readonly Chosen[]): string {
  const arms = Object.keys(chosen[0]?.shares ?? {});
  const table = plainTable(["questions", ...arms, "squared error"]);
  for (const { from, to, shares, squaredError } of chosen)
    table.push([`${from + 1} to ${to}`, ...arms.map((it) => percent(shares[it] ?? 0)), figure(squaredError)]);
  return table.toString();
}

/** How often sets and intervals held what happened. */
export function coverageTable(coverages: Coverages): string {
  const table = plainTable(["group", "rows to calibrate", "rows measured", "luck", "sets", "minutes"]);
  for (const [group, { calibrate, measured, luck, sets, minutes }] of Object.entries(coverages))
    table.push([group, count(calibrate), count(measured), `± ${percent(luck)}`, percent(sets), percent(minutes)]);
  return table.toString();
}

/** How each release did in September. */
export function onlineTable(releases: readonly ReleaseMetrics[]): string {
  const head = [
    "release",
    "answers",
    "actuals",
    "mean score",
    "late",
    "AUC",
    "95 % interval",
    "log loss",
    "Brier",
    "p50 ms",
    "p99 ms",
  ];
  const table = plainTable(head);
  for (const it of releases) {
    table.push([
      it.release.split("/").at(-1) ?? "",
      count(it.predictionCount),
      count(it.feedbackCount),
      figure(it.meanScore),
      percent(it.meanActual),
      figure(it.auc),
      it.aucInterval ? `${figure(it.aucInterval.low)} to ${figure(it.aucInterval.high)}` : "-",
      figure(it.logLoss),
      figure(it.brier),
      it.latencyMsP50.toFixed(1),
      it.latencyMsP99.toFixed(1),
    ]);
  }
  return table.toString();
}

/** A p-value; one that is too small for a number of 64 bits is below the smallest. */
function chance(pValue: number | undefined): string {
  if (pValue === undefined) return "-";
  return pValue === 0 ? "< 1e-307" : pValue.toExponential(1);
}

/** Distances by the names of those who found them. */
const DISTANCES: Readonly<Record<Distance, string>> = {
  [Distance.UNSPECIFIED]: "-",
  [Distance.JENSEN_SHANNON]: "Jensen-Shannon",
  [Distance.L_INFINITY]: "L-infinity",
  [Distance.POPULATION_STABILITY]: "population stability",
  [Distance.KOLMOGOROV_SMIRNOV]: "Kolmogorov-Smirnov",
  [Distance.WASSERSTEIN]: "Wasserstein",
};

/** The features that are furthest from the training set. */
export function driftTable(report: DriftReport, rows = 12): string {
  const table = plainTable(["feature", "distance", "value", "limit", "adjusted p", "verdict"]);
  for (const column of report.columns.slice(0, rows)) {
    const measured = column.distances.find((it) => it.limit > 0) ?? column.distances[0];
    table.push([
      column.column,
      measured ? DISTANCES[measured.distance] : "-",
      measured ? figure(measured.value) : "-",
      measured && measured.limit > 0 ? figure(measured.limit) : "-",
      chance(column.adjustedPValue),
      enumWords(DriftVerdict[column.verdict]),
    ]);
  }
  return table.toString();
}
