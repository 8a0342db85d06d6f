import { type Calibration, isSetMethod, SMALL_GROUPS } from "./calibration.ts";
import { intervalOf, labelsOf, type Scored } from "./scores.ts";

/** What a calibration makes of a prediction. */
export type CalibratedAnswer = {
  /** The group whose quantile was used; empty: all rows. */
  readonly group: string;
  /** The quantile itself. */
  readonly quantile: number;
} & (
  | { readonly kind: "interval"; readonly low: number; readonly high: number }
  | { readonly kind: "labels"; readonly labels: readonly string[] }
);

/** A prediction with the text of its group's value, empty if it has none. */
export interface GroupedPrediction extends Scored {
  readonly group: string;
}

/**
 * Widens a prediction; undefined if it has another number of columns than the calibration, one that is not finite, or a scale that is not
 * above 0: rows of such were left out of the calibration.
 */
export function calibratedAnswer(calibration: Calibration, given: GroupedPrediction): CalibratedAnswer | undefined {
  const { score } = calibration;
  const { predictions } = given;
  if (predictions.length !== score.columnCount || !predictions.every(Number.isFinite)) return undefined;
  if (score.method === "NORMALIZED_RESIDUAL" && !((predictions[1] ?? Number.NaN) > 0)) return undefined;
  const { group, quantile } = quantileFor(calibration, given.group);
  if (!isSetMethod(score.method))
    return { kind: "interval", group, quantile, ...intervalOf(score, predictions, quantile) };
  const labels = labelsOf(score, given, quantile).map((it) => score.labels[it] ?? "");
  return { kind: "labels", group, quantile, labels };
}

function quantileFor({ all, groups }: Calibration, group: string): { group: string; quantile: number } {
  // A row without a group is none of the small ones.
  const taken = group === "" ? [] : [group, SMALL_GROUPS].filter((it) => Object.hasOwn(groups, it));
  const [name = ""] = taken;
  return { group: name, quantile: (groups[name] ?? all).quantile };
}

/** True if an answer holds the actual value: within the interval, or the number of a label of the set. */
export function isCovered(calibration: Calibration, answer: CalibratedAnswer, actual: number): boolean {
  if (answer.kind === "interval") return answer.low <= actual && actual <= answer.high;
  const label = calibration.score.labels[actual];
  return label !== undefined && answer.labels.includes(label);
}
