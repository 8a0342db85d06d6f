import type { Prediction } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import {
  type CalibratedGroup,
  type Calibration,
  CalibrationMethod,
} from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { counted, figure, percent, words } from "./format.ts";

type Answer = Pick<Prediction, "interval" | "labelSet" | "calibrationGroup" | "feedback" | "status">;

/** What a calibration makes of a score: where the actual value is said to be, and whether it was there. */
export interface Uncertainty {
  readonly text: string;
  /** Undefined while the actual value is not known. */
  readonly held: boolean | undefined;
}

const SETS: readonly CalibrationMethod[] = [CalibrationMethod.ADAPTIVE_SET, CalibrationMethod.REGULARIZED_ADAPTIVE_SET];

/** In words, of a prediction that is an answer. An empty set of labels can be told from an interval by the calibration alone. */
export function uncertaintyOf({ interval, labelSet, feedback }: Answer, { settings }: Calibration): Uncertainty {
  const level = percent(1 - (settings?.alpha ?? Number.NaN));
  const actual = feedback?.actual;
  if (interval) {
    const { low, high } = interval;
    return {
      text: `With a probability of ${level} the actual value lies between ${figure(low)} and ${figure(high)}.`,
      held: actual === undefined ? undefined : low <= actual && actual <= high,
    };
  }
  if (!settings || !SETS.includes(settings.method))
    return { text: "It was answered without an interval.", held: undefined };
  const label = actual === undefined ? undefined : settings.labels[actual];
  return {
    text:
      labelSet.length === 0
        ? "No label fits."
        : `With a probability of ${level} the actual label is ${labelSet.length === 1 ? "" : "one of "}${labelSet.join(", ")}.`,
    held: label === undefined ? undefined : labelSet.includes(label),
  };
}

/** The group of a calibration whose quantile an answer used: that of all rows for the empty name. */
export const groupOf = ({ groups, all }: Calibration, name: string): CalibratedGroup | undefined =>
  name === "" ? all : groups.find((it) => it.group === name);

/** What a calibration is: `absolute residual, of 90 %, by carrier`. */
export function calibrationText({ settings }: Calibration): string {
  const { method, alpha = Number.NaN, groupField = "" } = settings ?? {};
  return [
    words(CalibrationMethod[method ?? CalibrationMethod.UNSPECIFIED]),
    `of ${percent(1 - alpha)}`,
    ...(groupField === "" ? [] : [`by ${groupField}`]),
  ].join(", ");
}

/** What the rows of a group promise. */
export const groupText = ({ group, rowCount, quantile, coverageLow, coverageHigh }: CalibratedGroup): string =>
  `${group === "" ? "All rows" : `Rows of ${group}`}: ${counted(rowCount, "row")}, quantile ${figure(quantile)}, which holds ${percent(coverageLow)} to ${percent(coverageHigh)} of actual values`;
