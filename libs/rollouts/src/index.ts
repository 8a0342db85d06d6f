export { type Design, designOf, type Observation, plannedHorizon } from "./design.ts";
export { type Evidence, NO_EVIDENCE, observed, type Reading, readingOf } from "./evidence.ts";
export { judge, type StepMoment } from "./judge.ts";
export { countedValue, type Metric, metricOf, type Outcome } from "./metric.ts";
export type { Analysis, AnalysisPlan, AnalysisSource, PlanStep, Verdict } from "./plan.ts";
export { analysisProblems } from "./problems.ts";
