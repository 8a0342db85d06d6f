import { modelFailed } from "../domain/necessity/model-failed.ts";
import type { ImportanceLoss } from "../domain/necessity/scoring.ts";

/** Keeps the logarithm finite where a model is certain and wrong. */
const CERTAINTY_MAX = 1e-15;

/** The loss of one prediction for one label. Fails with MODEL_FAILED for what is no prediction. */
export function lossOf(loss: ImportanceLoss, modelVersion: string): (prediction: number, label: number) => number {
  return (prediction, label) => {
    if (!Number.isFinite(prediction)) throw modelFailed(modelVersion, `it predicts ${prediction}, which is no number`);
    if (loss === "SQUARED_ERROR") return (prediction - label) ** 2;
    if (loss === "ABSOLUTE_ERROR") return Math.abs(prediction - label);
    if (prediction < 0 || prediction > 1)
      throw modelFailed(
        modelVersion,
        `it predicts ${prediction}, which is no probability; ask for another output or another loss`,
      );
    const likely = label === 1 ? prediction : 1 - prediction;
    return -Math.log(Math.min(1 - CERTAINTY_MAX, Math.max(CERTAINTY_MAX, likely)));
  };
}
