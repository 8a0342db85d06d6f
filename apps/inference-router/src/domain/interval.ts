import { type CalibratedAnswer, type Calibration, calibratedAnswer, rowUniform } from "@throughline/conformal";
import type { FeatureValue } from "@throughline/kernel";
import type { Prediction } from "./prediction.ts";

/** What a prediction has that its interval or set follows from. */
type Widened = Pick<Prediction, "facts" | "score" | "trace" | "entity" | "vector" | "rowDigest">;

/**
 * The interval or set of labels of a prediction, by the calibration of its release; undefined without one, and if there is no
 * answer. It follows from what is in the log, so it is not logged but computed again, with the same result.
 */
export function intervalOf(prediction: Widened): CalibratedAnswer | undefined {
  const { calibration } = prediction.facts;
  if (calibration === undefined || prediction.trace?.isRefused) return undefined;
  const scores = prediction.trace?.scores ?? [];
  return calibratedAnswer(calibration, {
    predictions: scores.length > 1 ? scores : [prediction.score],
    group: groupOf(prediction, calibration),
    uniform: calibration.score.isRandomized ? rowUniform(prediction.rowDigest) : 0,
  });
}

/** The text of the group's value: of the request's field, else of the feature of this name; empty if there is none. */
function groupOf({ entity, facts, vector }: Widened, { groupField }: Calibration): string {
  if (groupField === "") return "";
  const given = Object.hasOwn(entity, groupField) ? entity[groupField] : undefined;
  return textOf(given ?? vector[facts.features.indexOf(groupField)]?.value ?? null);
}

/** As the table engine writes it, whose texts the groups of a calibration are. Bytes, lists and times are no groups. */
const textOf = (value: FeatureValue): string => (value === null || typeof value === "object" ? "" : String(value));
