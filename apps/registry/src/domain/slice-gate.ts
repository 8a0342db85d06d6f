import { benjaminiHochberg, holm, normalCdf, twoSidedZ } from "@throughline/stats";
import { type EvaluatedSlice, sliceText } from "./evidence.ts";
import {
  type Correction,
  type GateState,
  type MetricCondition,
  type SliceResult,
  type SliceRule,
  WORST_FIRST,
  worst,
} from "./gate.ts";
import { halfWidth, type Seen, seenInSlice, shown, shownSeen, type VersionFacts } from "./metric-seen.ts";
import { notFinite, type Requirement, requirements, tightestOf } from "./requirement.ts";

/** How a rule for slices stands. */
export interface SlicedFinding {
  readonly state: GateState;
  readonly sentence: string;
  readonly slices: readonly SliceResult[];
  /** Slices that were wanted and not tested. */
  readonly untestedCount: number;
}

interface Sides {
  readonly candidate: VersionFacts;
  readonly baseline?: VersionFacts | undefined;
}

/** A slice before the number of slices is allowed for. `pValue` is absent if it is not tested. */
interface Looked {
  readonly result: SliceResult;
  readonly pValue?: number;
}

const CORRECTIONS: Readonly<Record<Correction, (pValues: readonly number[]) => readonly number[]>> = {
  HOLM: holm,
  BENJAMINI_HOCHBERG: benjaminiHochberg,
  NONE: (pValues) => pValues,
};

/**
 * Looks at each slice of the newest evaluation. A slice is tested one-sidedly against its bound, from its interval, taken
 * for normal on the side of the bound; p-values are corrected for their number. By MUST_CLEAR a slice passes if it is shown
 * to be on the good side; by MUST_NOT_FAIL it fails if it is shown to be on the bad side. Without correction that says the
 * same as the ends of the intervals.
 */
export function judgeSlices(condition: MetricCondition, rule: SliceRule, sides: Sides): SlicedFinding {
  const { evaluation } = sides.candidate.known;
  if (!evaluation) return { ...NOT_SLICED, sentence: "No evaluation of the version is known, so no slice is." };
  const slices = evaluation.slices.filter((it) => isWanted(it, rule));
  const unknown = rule.columns.filter(
    (column) =>
      !evaluation.slices.some((it) => Object.hasOwn(it.key, column)) &&
      !evaluation.smallSlices.some((it) => isBy(it, column)),
  );
  if (unknown.length > 0 || (slices.length === 0 && evaluation.smallSlices.length === 0))
    return {
      ...NOT_SLICED,
      sentence: `The evaluation is not sliced by ${unknown.join(", ") || "anything"}.`,
    };
  const z = twoSidedZ(rule.confidence);
  const looked = slices.map((it) => lookAt(it, { condition, rule, z, baseline: sides.baseline }));
  const results = corrected(looked, rule);
  const counted = results.filter((it) => counts(it, rule, sides.baseline));
  const bad = results.filter((it) => it.state === "UNMET");
  const small = evaluation.smallSlices.filter(
    (it) => rule.columns.length === 0 || rule.columns.some((column) => isBy(it, column)),
  );
  const left = small.length + slices.filter((it) => it.rowCount < rule.minRowCount).length;
  const test = rule.proof === "MUST_CLEAR" ? "shown to be good enough" : "shown to be bad";
  const count = rule.proof === "MUST_CLEAR" ? results.filter((it) => it.state === "MET").length : bad.length;
  return {
    state: worst(counted.map((it) => it.state)),
    slices: results.toSorted((a, b) => badness(a) - badness(b)).slice(0, SLICES_SHOWN_MAX),
    untestedCount: small.length + results.filter(isUntested).length,
    sentence: `Of ${results.length} slices ${count} are ${test} at ${shown(rule.confidence * 100)} % (${CORRECTION_WORDS[rule.correction]})${bad.length > 0 ? `; not met: ${listed(bad, condition)}` : ""}${left > 0 ? `; ${left} with too few rows do not count` : ""}.`,
  };
}

const NOT_SLICED = { state: "NOT_MEASURED", slices: [], untestedCount: 0 } as const;

/** Whether a slice that was left out, as `column=value`, is one by a column. */
const isBy = (small: string, column: string): boolean => small.startsWith(`${column}=`);

const isUntested = ({ state }: SliceResult): boolean => state === "NOT_MEASURED" || state === "MISSING_BASELINE";

/** Slices that a finding shows, the worst first: a decision keeps them for good. */
const SLICES_SHOWN_MAX = 100;

const badness = ({ state }: SliceResult): number => WORST_FIRST.indexOf(state);

const CORRECTION_WORDS: Readonly<Record<Correction, string>> = {
  HOLM: "Holm's correction",
  BENJAMINI_HOCHBERG: "the correction of Benjamini and Hochberg",
  NONE: "not corrected for their number",
};

const listed = (slices: readonly SliceResult[], { greaterIsBetter }: MetricCondition): string =>
  slices
    .slice(0, 5)
    .map(({ slice, value, low, high, bound }) => {
      const interval = low === undefined || high === undefined ? "" : ` [${shown(low)}, ${shown(high)}]`;
      const needed = bound === undefined ? "" : `; ${greaterIsBetter ? "at least" : "at most"} ${shown(bound)}`;
      return `${slice} (${shown(value)}${interval}${needed})`;
    })
    .concat(slices.length > 5 ? [`and ${slices.length - 5} more`] : [])
    .join(", ");

/**
 * What was not measured only counts where something must be shown, and not where there were too few rows by the rule. A
 * slice that the baseline lacks only counts by the rule, or if the baseline has no slices at all.
 */
function counts({ state, rowCount }: SliceResult, rule: SliceRule, baseline: VersionFacts | undefined): boolean {
  if (state === "NOT_MEASURED") return rule.proof === "MUST_CLEAR" && rowCount >= rule.minRowCount;
  if (state === "MISSING_BASELINE") return rule.requireBaselineSlices || baseline?.known.evaluation === undefined;
  return true;
}

function isWanted({ key }: EvaluatedSlice, { columns }: SliceRule): boolean {
  const own = Object.keys(key);
  return own.length > 0 && (columns.length === 0 || own.every((it) => columns.includes(it)));
}

interface Context {
  readonly condition: MetricCondition;
  readonly rule: SliceRule;
  /** Standard errors from the estimate to an end of an interval of the rule's confidence. */
  readonly z: number;
  readonly baseline: VersionFacts | undefined;
}

function lookAt(slice: EvaluatedSlice, { condition, rule, z, baseline }: Context): Looked {
  const { metric, greaterIsBetter } = condition;
  const text = sliceText(slice.key);
  const seen = seenInSlice(slice, metric);
  const base = { slice: text, rowCount: slice.rowCount, value: seen?.value ?? Number.NaN };
  const untested = (state: GateState, sentence: string): Looked => ({ result: { ...base, state, sentence } });
  if (slice.rowCount < rule.minRowCount)
    return untested("NOT_MEASURED", `${text} has ${slice.rowCount} rows; it counts from ${rule.minRowCount} on.`);
  if (!seen?.interval) return untested("NOT_MEASURED", `${metric} of ${text} has no ${seen ? "interval" : "value"}.`);
  if (!Number.isFinite(seen.value)) return untested("UNMET", notFinite(`${metric} of ${text}`, seen.value));
  const same = baseline?.known.evaluation?.slices.find((it) => sliceText(it.key) === text);
  const needed = requirements(condition, same && seenInSlice(same, metric));
  if (needed.undefinedBecause !== undefined) return untested("UNMET", needed.undefinedBecause);
  if (needed.missing && (rule.requireBaselineSlices || needed.all.length === 0))
    return untested("MISSING_BASELINE", `${metric} of ${text} is not known of the baseline, so it is not compared.`);
  const bound = tightestOf(needed.all, greaterIsBetter)?.bound;
  const result: SliceResult = {
    ...base,
    state: "MET",
    low: seen.interval.low,
    high: seen.interval.high,
    ...(bound !== undefined && { bound }),
    sentence: `${metric} of ${text} is ${shownSeen(seen)} over ${slice.rowCount} rows; ${needed.all.map((it) => it.text).join("; ")}.`,
  };
  const clear = needed.all.map((it) => pClear(seen, it, { greaterIsBetter, confidence: rule.confidence, z }));
  if (rule.proof === "MUST_CLEAR") return { result, pValue: Math.max(...clear) };
  return { result, pValue: Math.min(1, clear.length * Math.min(...clear.map((it) => 1 - it))) };
}

interface Testing extends Pick<Context, "z"> {
  readonly greaterIsBetter: boolean;
  readonly confidence: number;
}

/** Probability of a value at least so good if the truth is just at the bound. */
function pClear(
  seen: Omit<Seen, "source">,
  { bound, halfWidth: ofBound }: Requirement,
  { greaterIsBetter, confidence, z }: Testing,
): number {
  const distance = greaterIsBetter ? seen.value - bound : bound - seen.value;
  const isGood = distance >= 0;
  // The half of each interval that lies towards the other.
  const own = halfWidth(seen, isGood === greaterIsBetter ? "low" : "high", confidence);
  const half = Math.hypot(own, isGood ? ofBound.better : ofBound.worse);
  if (half === 0) return isGood ? 0 : 1;
  return normalCdf((-distance / half) * z);
}

function corrected(looked: readonly Looked[], { proof, correction, confidence }: SliceRule): readonly SliceResult[] {
  const tested = looked.filter((it) => it.pValue !== undefined);
  const adjusted = CORRECTIONS[correction](tested.map((it) => it.pValue ?? 1));
  const byResult = new Map(tested.map((it, i) => [it.result, adjusted[i] ?? 1]));
  // One side of the interval of that confidence.
  const alpha = (1 - confidence) / 2;
  return looked.map(({ result }) => {
    const adjustedPValue = byResult.get(result);
    if (adjustedPValue === undefined) return result;
    const isShown = adjustedPValue <= alpha;
    return { ...result, adjustedPValue, state: isShown === (proof === "MUST_CLEAR") ? "MET" : "UNMET" };
  });
}
