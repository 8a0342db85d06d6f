import { type CalibratedAnswer, type Calibration, calibratedAnswer, rowUniform } from "@throughline/conformal";
import type { FeatureValue } from "@throughline/kernel";
import type { IntervalBasis, Prediction, Shadow } from "./prediction.ts";

/** The row that an answer is for. */
type AnsweredRow = Pick<Prediction, "facts" | "entity" | "vector" | "rowDigest">;

/**
 * The interval or set of labels of a prediction, by the calibration of its release; undefined without one, and if there is no
 * score. It follows from what is in the log, so it is not logged but computed again, with the same result.
 */
export function intervalOf(
  prediction: AnsweredRow & Pick<Prediction, "score" | "trace">,
): CalibratedAnswer | undefined {
  const { calibration } = prediction.facts;
  const basis = intervalBasis(prediction);
  if (calibration === undefined || basis === undefined || Number.isNaN(prediction.score)) return undefined;
  const scores = prediction.trace?.scores ?? [];
  return calibratedAnswer(calibration, { ...basis, predictions: scores.length > 1 ? scores : [prediction.score] });
}

/** The same of a mirrored release's answer, by what is logged of its row. */
export function shadowIntervalOf({ facts, scores, basis }: ShadowAnswer): CalibratedAnswer | undefined {
  const { calibration } = facts;
  if (calibration === undefined || basis === undefined || scores.length === 0) return undefined;
  return calibratedAnswer(calibration, { ...basis, predictions: scores });
}

/** What a shadow has that its interval or set follows from. */
export type ShadowAnswer = Pick<Shadow, "facts" | "scores" | "basis">;

/** What an interval follows from beside the scores; undefined without a calibration. */
export function intervalBasis(row: AnsweredRow): IntervalBasis | undefined {
  const { calibration } = row.facts;
  if (calibration === undefined) return undefined;
  return {
    group: groupOf(row, calibration),
    uniform: calibration.score.isRandomized ? rowUniform(row.rowDigest) : 0,
  };
}

/** The text of the group's value: of the request's field, else of the feature of this name; empty if there is none. */
function groupOf({ entity, facts, vector }: AnsweredRow, { groupField }: Calibration): string {
  if (groupField === "") return "";
  const given = Object.hasOwn(entity, groupField) ? entity[groupField] : undefined;
  return textOf(given ?? vector[facts.features.indexOf(groupField)]?.value ?? null);
}

/** As the table engine writes it, whose texts the groups of a calibration are. Bytes, lists and times are no groups. */
const textOf = (value: FeatureValue): string => (value === null || typeof value === "object" ? "" : String(value));
