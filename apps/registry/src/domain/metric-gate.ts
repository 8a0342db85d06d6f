import type { Canvas } from "./canvas.ts";
import { compares, type Finding, type GateState, type MetricCondition, worst } from "./gate.ts";
import {
  allRows,
  CONFIDENCE,
  halfWidth,
  type Seen,
  seenMetric,
  shown,
  shownSeen,
  type VersionFacts,
} from "./metric-seen.ts";
import { notFinite, type Requirement, requirements, tightestOf } from "./requirement.ts";
import { judgeSlices, type SlicedFinding } from "./slice-gate.ts";

/** How a condition on a metric stands: over all rows, and over slices if it has a rule for them. */
export function judgeMetric(wanted: MetricCondition, { candidate, baseline, canvas }: MetricFacts): Finding {
  const condition = resolvedCondition(wanted, canvas);
  if (typeof condition === "string") return { state: "NOT_MEASURED", sentence: condition };
  const overall = judgeAll(condition, candidate, baseline);
  if (!condition.slices) return overall;
  return withSlices(overall, judgeSlices(condition, condition.slices, { candidate, baseline }));
}

/** What a condition on a metric looks at. */
export interface MetricFacts {
  readonly candidate: VersionFacts;
  readonly baseline?: VersionFacts | undefined;
  readonly canvas: Canvas;
}

/** The condition with what a canvas target says of it; or why there is none. */
export function resolvedCondition(condition: MetricCondition, canvas: Canvas): MetricCondition | string {
  const { canvasTarget } = condition;
  if (canvasTarget === "") return condition;
  const target = canvas.targets.find((it) => it.id === canvasTarget);
  if (!target) return `The canvas has no target ${canvasTarget}. Add it to the canvas, or change the gate.`;
  const { metric, greaterIsBetter, bound: threshold, sliceColumns: columns } = target;
  const named = { ...condition, metric, greaterIsBetter, threshold };
  if (columns.length === 0) return named;
  const { slices = DEFAULT_SLICES } = condition;
  return { ...named, slices: { ...slices, columns } };
}

const DEFAULT_SLICES = {
  columns: [],
  minRowCount: 0,
  proof: "MUST_CLEAR",
  correction: "HOLM",
  confidence: CONFIDENCE,
  requireBaselineSlices: false,
} as const;

function judgeAll(condition: MetricCondition, candidate: VersionFacts, baseline?: VersionFacts): Finding {
  const { metric, greaterIsBetter, measuredOnly, useInterval } = condition;
  const seen = seenMetric(candidate, metric, measuredOnly);
  if (!seen) return { state: "NOT_MEASURED", sentence: notMeasured(candidate, condition) };
  const { value } = seen;
  if (!Number.isFinite(value))
    return { state: "UNMET", value, sentence: notFinite(`${metric} (${seen.source})`, value) };
  if (useInterval && !seen.interval)
    return {
      state: "NOT_MEASURED",
      value,
      sentence: `${metric} is ${shown(value)} (${seen.source}) without an interval, whose end must hold. Evaluate it, with the version as the subject.`,
    };
  const { all, missing, undefinedBecause } = requirements(
    condition,
    baseline && seenMetric(baseline, metric, measuredOnly),
  );
  if (undefinedBecause !== undefined) return { state: "UNMET", value, sentence: undefinedBecause };
  const confidence = condition.slices?.confidence ?? CONFIDENCE;
  const unmet = all.filter((it) => !(marginOf(seen, it, { greaterIsBetter, useInterval, confidence }) >= 0));
  const tightest = tightestOf(unmet.length > 0 ? unmet : all, greaterIsBetter);
  const state: GateState = unmet.length > 0 ? "UNMET" : missing ? "MISSING_BASELINE" : "MET";
  return {
    state,
    value,
    ...(tightest && { bound: tightest.bound }),
    sentence: `${sentenceOf({ condition, seen, state, against: unmet.length > 0 ? unmet : all })}${compares(condition) ? otherRows(candidate, baseline) : ""}`,
  };
}

const notMeasured = ({ version }: VersionFacts, { metric, measuredOnly }: MetricCondition): string =>
  `${metric} of ${version.name} is not known${measuredOnly ? " from an evaluation or a measurement" : ""}. Evaluate it, with the version as the subject.`;

/**
 * How far a value is on the good side of a bound; with `useInterval`, how far its unfavourable end is. Where the bound is an
 * estimate as well, the two halves of the intervals are added as squares (MOVER: Zou and Donner 2008,
 * doi:10.1002/sim.3095), as of two independent samples; where both were evaluated on the same rows that is on the safe side.
 */
export function marginOf(
  seen: Omit<Seen, "source">,
  { bound, halfWidth: ofBound }: Requirement,
  { greaterIsBetter, useInterval, confidence }: MarginOptions,
): number {
  const distance = greaterIsBetter ? seen.value - bound : bound - seen.value;
  if (!useInterval) return distance;
  return distance - Math.hypot(halfWidth(seen, greaterIsBetter ? "low" : "high", confidence), ofBound.better);
}

interface MarginOptions {
  readonly greaterIsBetter: boolean;
  readonly useInterval: boolean;
  readonly confidence: number;
}

interface Judged {
  readonly condition: MetricCondition;
  readonly seen: Seen;
  readonly state: GateState;
  readonly against: readonly Requirement[];
}

function sentenceOf({ condition, seen, state, against }: Judged): string {
  const end = condition.useInterval ? `, and the unfavourable end of its interval counts` : "";
  const held = against.map((it) => it.text).join("; ");
  const baseline = state === "MISSING_BASELINE" ? "; there is no baseline to compare with" : "";
  return `${condition.metric} is ${shownSeen(seen)} (${seen.source})${end}${held && `; ${held}`}${baseline}.`;
}

/** Evaluations of other rows are compared all the same, and it is said: nobody can tell whether the rows were as hard. */
function otherRows(candidate: VersionFacts, baseline: VersionFacts | undefined): string {
  const [own, other] = [allRows(candidate), baseline && allRows(baseline)];
  if (!own || !other || (own.rowCount === other.rowCount && own.positiveCount === other.positiveCount)) return "";
  if (own.positiveCount === 0 && other.positiveCount === 0)
    return ` The baseline was evaluated on other rows: ${other.rowCount}, not ${own.rowCount}.`;
  return ` The baseline was evaluated on other rows: ${other.rowCount} with ${other.positiveCount} positive, not ${own.rowCount} with ${own.positiveCount}.`;
}

function withSlices(overall: Finding, sliced: SlicedFinding): Finding {
  return {
    ...overall,
    state: worst([overall.state, sliced.state]),
    sentence: `${overall.sentence} ${sliced.sentence}`,
    slices: sliced.slices,
    untestedCount: sliced.untestedCount,
  };
}
