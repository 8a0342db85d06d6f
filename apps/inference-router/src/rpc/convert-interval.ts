import { CoverageAlarm } from "@throughline/contracts/throughline/inference/v1/prediction_pb";
import { intervalOf } from "../domain/interval.ts";
import { COVERAGE_LEVEL, type GroupCoverage, type ReleaseCoverage } from "../domain/interval-coverage.ts";
import type { Prediction } from "../domain/prediction.ts";

/** What a response and a prediction alike say of intervals and sets: nothing without a calibration. */
export function intervalToProto(prediction: Prediction) {
  const answer = intervalOf(prediction);
  const { calibration } = prediction.facts;
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
