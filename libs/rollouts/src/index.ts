export { type Design, designOf, type Observation, plannedHorizon } from "./design.ts";
export { type Evidence, NO_EVIDENCE, observed, type Shown } from "./evidence.ts";
export { baselineOfStatistics, type FeatureBaseline, unusualFeatures } from "./feature-drift.ts";
export { judge, type StepMoment } from "./judge.ts";
export { type Measurement, measuredReading } from "./measured.ts";
export { countedValue, type Metric, metricOf, type Outcome } from "./metric.ts";
export {
  type Analysis,
  type AnalysisPlan,
  type AnalysisSource,
  type BanditRule,
  isOfRequests,
  type PlanStep,
  type Verdict,
} from "./plan.ts";
export { pooled } from "./pooled.ts";
export { analysisProblems } from "./problems.ts";
export { type Reading, readingOf } from "./reading.ts";
