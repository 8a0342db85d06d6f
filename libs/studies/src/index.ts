export { gridOf } from "./grid-sampler.ts";
export { type Importance, importances } from "./importance.ts";
export type {
  CategoricalParameter,
  Condition,
  FloatParameter,
  IntParameter,
  Parameter,
  ParameterValue,
  Params,
} from "./parameter.ts";
export { type Pruner, shouldPrune } from "./pruning.ts";
export { bestTrials } from "./ranking.ts";
export { type Corrected, correctedForSelection, type Told } from "./selection.ts";
export { checkSpace, SPACE_LIMITS, type Space } from "./space.ts";
export { type Sampler, suggest } from "./suggest.ts";
export type { Direction, Report, Suggestion, Trial } from "./trial.ts";
