import {
  type CalibratedAnswer,
  type Coverage,
  type CoverageRange,
  type CoverageVerdict,
  coverageRange,
  coverageVerdict,
} from "@throughline/conformal";
import { intervalOf, type ShadowAnswer, shadowIntervalOf } from "./interval.ts";
import type { Prediction, ReleaseFacts } from "./prediction.ts";

/** The part of an answer that tells whether it held what really happened, kept beside the feedback. */
export interface KeptAnswer {
  /** The group whose quantile was used; empty: all rows. */
  readonly group: string;
  readonly alpha: number;
  /** Rows behind the quantile, and behind that of all. */
  readonly rowCount: number;
  readonly allRowCount: number;
  /** The interval, or the numbers of the labels. */
  readonly held: { readonly low: number; readonly high: number } | { readonly labels: readonly number[] };
}

/** What is to be kept of a prediction; undefined if it has neither an interval nor a set. */
export const keptAnswer = (prediction: Prediction): KeptAnswer | undefined =>
  keptOf(intervalOf(prediction), prediction.facts);

/** The same of a mirrored release's answer. */
export const keptShadow = (shadow: ShadowAnswer): KeptAnswer | undefined =>
  keptOf(shadowIntervalOf(shadow), shadow.facts);

function keptOf(answer: CalibratedAnswer | undefined, { calibration }: ReleaseFacts): KeptAnswer | undefined {
  if (!answer || !calibration) return undefined;
  const { all, groups, alpha, score } = calibration;
  return {
    group: answer.group,
    alpha,
    rowCount: (groups[answer.group] ?? all).rowCount,
    allRowCount: all.rowCount,
    held:
      answer.kind === "interval"
        ? { low: answer.low, high: answer.high }
        : { labels: answer.labels.map((it) => score.labels.indexOf(it)) },
  };
}

/** How often the answers of a group held what happened. */
export interface GroupCoverage extends CoverageVerdict, Coverage {
  readonly group: string;
  /** Where the coverage of the calibration lies. */
  readonly promised: CoverageRange;
}

/** Coverage of a release: over all rows, and by the group whose quantile was used. */
export interface ReleaseCoverage {
  readonly all: GroupCoverage;
  readonly groups: readonly GroupCoverage[];
}

/** Counts answers with feedback; what is corrected is taken back. */
export interface CoverageTally {
  count(answer: KeptAnswer, actual: number, sign: 1 | -1): void;
  /** Undefined while nothing was counted. */
  coverage(): ReleaseCoverage | undefined;
}

/** Of the live coverage, and of what a calibration promises. */
export const COVERAGE_LEVEL = 0.95;

export function coverageTally(): CoverageTally {
  const groups = new Map<string, { readonly answer: KeptAnswer; rowCount: number; coveredCount: number }>();
  return {
    count(answer, actual, sign) {
      const group = groups.get(answer.group) ?? { answer, rowCount: 0, coveredCount: 0 };
      groups.set(answer.group, group);
      group.rowCount += sign;
      if (isHeld(answer, actual)) group.coveredCount += sign;
    },
    coverage() {
      const seen = [...groups].filter(([, it]) => it.rowCount > 0).sort(([a], [b]) => (a < b ? -1 : 1));
      const [first] = seen;
      if (!first) return undefined;
      const sum = (of: "rowCount" | "coveredCount"): number => seen.reduce((total, [, it]) => total + it[of], 0);
      const all = { rowCount: sum("rowCount"), coveredCount: sum("coveredCount") };
      const { alpha, allRowCount } = first[1].answer;
      return {
        all: judged("", all, { alpha, calibrationRows: allRowCount }),
        groups: seen.map(([group, { answer, rowCount, coveredCount }]) =>
          judged(group, { rowCount, coveredCount }, { alpha, calibrationRows: answer.rowCount }),
        ),
      };
    },
  };
}

interface Promised {
  readonly alpha: number;
  readonly calibrationRows: number;
}

function judged(group: string, seen: Coverage, promised: Promised): GroupCoverage {
  const range = coverageRange(promised.calibrationRows, promised.alpha, COVERAGE_LEVEL);
  return {
    group,
    ...seen,
    ...coverageVerdict(seen, promised, COVERAGE_LEVEL),
    promised: range,
  };
}

/** True if what happened lies in what the answer held. */
export const isHeld = ({ held }: KeptAnswer, actual: number): boolean =>
  "labels" in held ? held.labels.includes(actual) : held.low <= actual && actual <= held.high;
