export { type Association, association } from "./association.ts";
export { type SuspectPair, suspectPairs } from "./closeness.ts";
export {
  type CategoricalColumn,
  categoricalColumn,
  type DataColumn,
  dataColumn,
  type NumericColumn,
  sampledRows,
} from "./column.ts";
export { correlationInterval, pearson, spearman } from "./correlation.ts";
export { type DropCost, dropCosts, type TrainWithout } from "./drop-one.ts";
export type { FeatureFacts, FeatureFigures, NecessityInput, NecessityThresholds } from "./evidence.ts";
export type { Finding, FindingKind, Recommendation } from "./finding.ts";
export { type Information, type InformationOptions, information } from "./information.ts";
export type { LinearReference } from "./linear-reference.ts";
export { type NecessityReport, necessityReport } from "./necessity.ts";
export {
  type Importance,
  type ImportanceTask,
  type Loss,
  type Predict,
  permutationImportances,
} from "./permutation-importance.ts";
export type { Ranked, Ranking } from "./ranking.ts";
export {
  type Chosen,
  chooseFeatures,
  duplicates,
  type Pruned,
  pruneByAssociation,
  type Redundant,
} from "./redundancy.ts";
export { type Spread, spreadOf } from "./spread.ts";
