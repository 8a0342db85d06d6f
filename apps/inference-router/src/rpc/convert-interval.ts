import type { CalibratedAnswer } from "@throughline/conformal";
import { CoverageAlarm } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { intervalOf, shadowIntervalOf } from "../domain/interval.ts";
import { COVERAGE_LEVEL, type GroupCoverage, type ReleaseCoverage } from "../domain/interval-coverage.ts";
import type { Prediction, ReleaseFacts, Shadow } from "../domain/prediction.ts";

/** What a response and a prediction alike say of intervals and sets: nothing without a calibration. */
export const intervalToProto = (prediction: Prediction) => answerToProto(intervalOf(prediction), prediction.facts);

/** The same of a shadow's answer. */
export const shadowIntervalToProto = (shadow: Shadow) => answerToProto(shadowIntervalOf(shadow), shadow.facts);

function answerToProto(answer: CalibratedAnswer | undefined, { calibration }: ReleaseFacts) {
  if (!answer || !calibration) return {};
  const calibrationGroup = answer.group;
  if (answer.kind === "labels") return { calibrationGroup, labelSet: [...answer.labels] };
  const { low, high } = answer;
  const method = `conformal_${calibration.score.method.toLowerCase()}`;
  return { calibrationGroup, interval: { low, high, level: 1 - calibration.alpha, method } };
}

const ALARMS: Readonly<Record<GroupCoverage["alarm"], CoverageAlarm>> = {
  NONE: CoverageAlarm.NONE,
  UNDER: CoverageAlarm.UNDER,
  OVER: CoverageAlarm.OVER,
};

/** The coverage fields of a release's metrics. */
export const coverageToProto = ({ all, groups }: ReleaseCoverage) => ({
  coverage: groupToProto(all),
  groupCoverage: groups.map(groupToProto),
});

const groupToProto = ({ group, rowCount, coveredCount, low, high, promised, alarm }: GroupCoverage) => ({
  group,
  rowCount: BigInt(rowCount),
  coveredCount: BigInt(coveredCount),
  interval: { low, high, level: COVERAGE_LEVEL, method: "beta_mixture_confidence_sequence" },
  promised: { low: promised.low, high: promised.high, level: COVERAGE_LEVEL, method: "beta_law" },
  alarm: ALARMS[alarm],
});
