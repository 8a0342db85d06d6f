export type { AnonymityDemand } from "./anonymity-demand.ts";
export {
  applyTreatment,
  type Places,
  placesOf,
  type SmallClasses,
  smallClassesOf,
  type TableRows,
  type TreatedTable,
} from "./apply-treatment.ts";
export { checkPolicy } from "./check-policy.ts";
export { checkPurpose, type PrivacyReason, type PrivacyViolation } from "./check-purpose.ts";
export { type ClassCounter, type ClassCounts, classCounter } from "./class-counts.ts";
export type { Column, ColumnType, Row } from "./column.ts";
export { combinedRule, type RuleSource } from "./combined-rule.ts";
export { type FormatPreserving, formatPreserving } from "./format-preserving.ts";
export { type KeyRing, type KeyVersion, parseKeyRing, ringOf, rotated } from "./key-ring.ts";
export { type Noise, type NoiseSource, noiseSource } from "./noise.ts";
export {
  type ColumnClass,
  type ColumnRule,
  EVERY_PURPOSE,
  type PermittedUse,
  type PrivacyPolicy,
  type Treatment,
  treatmentFor,
} from "./policy.ts";
export { type PrivacyReport, privacyReport, type UnmetDemand } from "./privacy-report.ts";
export { everyPseudonym, pseudonyms, type TokenScope } from "./pseudonym.ts";
export { keyedBytes, type RandomBytes, systemBytes } from "./random-bytes.ts";
export {
  purposeRefused,
  type RowTreatment,
  rowTreatment,
  type TreatmentContext,
  type TreatmentPass,
} from "./row-treatment.ts";
export { treatedType } from "./treated-type.ts";
