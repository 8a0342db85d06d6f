export { type CalibratedAnswer, calibratedAnswer, isCovered } from "./answer.ts";
export { CALIBRATION_BYTES_MAX, calibrationBytes, calibrationDigest, readCalibration } from "./artifact.ts";
export { type CalibrationRow, type CalibrationSpec, calibrating } from "./calibrate.ts";
export {
  type Calibration,
  type CalibrationMethod,
  type GroupCalibration,
  isSetMethod,
  METHODS,
  type ScoreDefinition,
} from "./calibration.ts";
export { type Coverage, type CoverageVerdict, coverageVerdict } from "./coverage-watch.ts";
export { type CoverageRange, coverageRange } from "./quantile.ts";
export { rowUniform } from "./row-uniform.ts";
