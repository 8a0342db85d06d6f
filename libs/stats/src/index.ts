export { auc, aucInterval, midRanks } from "./auc.ts";
export { betaCdf, betaQuantile, logBeta } from "./beta.ts";
export {
  type Counts,
  jensenShannon,
  jensenShannonOfCounts,
  lInfinity,
  normalizedAbsoluteDifference,
  populationStabilityIndex,
} from "./category-distances.ts";
export { type ChiSquareResult, chiSquareTest } from "./chi-square.ts";
export { cholesky, dot, forward } from "./cholesky.ts";
export {
  accuracy,
  brierScore,
  type Calibration,
  type CalibrationBin,
  calibration,
  logLoss,
  type Predictions,
} from "./classification.ts";
export {
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareSurvival,
  kolmogorovSurvival,
  normalCdf,
  normalQuantile,
} from "./distributions.ts";
export { type Eigen, symmetricEigen } from "./eigen.ts";
export {
  type AlignedHistograms,
  alignHistograms,
  type Histogram,
  type HistogramBucket,
  jensenShannonOfHistograms,
} from "./histogram-distances.ts";
export {
  type Bootstrap,
  bootstrapInterval,
  type Interval,
  jackknifeInterval,
  normalInterval,
  quantileOfSorted,
  twoSidedZ,
  wilsonInterval,
} from "./intervals.ts";
export {
  addValue,
  type Moments,
  mergeMoments,
  momentsOf,
  NO_MOMENTS,
  populationVariance,
  sampleVariance,
} from "./moments.ts";
export { benjaminiHochberg, holm } from "./multiplicity.ts";
export { type Random, seededRandom } from "./random.ts";
export {
  type ArmObservation,
  addArm,
  addPair,
  type Claim,
  type DifferenceSums,
  differenceSequence,
  isShown,
  logEValue,
  NO_DIFFERENCE,
  noteArm,
  notePair,
} from "./sequential/difference.ts";
export { type Aim, armIncrements, horizonCount } from "./sequential/horizon.ts";
export { rhoFor } from "./sequential/mixtures.ts";
export { kolmogorovSmirnov, type TestResult, wassersteinDistance } from "./two-sample.ts";
