import { join } from "node:path";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import type { ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Evaluation } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import { type Baseline, createModel, describe, evaluate, register, release } from "./release.ts";
import type { Setting } from "./setting.ts";
import { createExperiment, joinTrainingSet, type Recipe, train } from "./training.ts";
import { applyTransforms, fitTransforms } from "./transforms.ts";

/** A release, and what it was made of. */
export interface Built {
  readonly recipe: Recipe;
  readonly service: FeatureService;
  readonly trainingSet: TrainingSet;
  /** The training set's file, as Python has read it. */
  readonly trainingSetPath: string;
  readonly fit: TransformFit;
  /** The training set's rows as the transforms made them. */
  readonly rowsDigest: string;
  readonly version: ModelVersion;
  readonly evaluation: Evaluation;
  readonly baseline: Baseline;
  readonly release: Release;
}

/** Creates what all models of the demonstration share: builds side by side would each find it missing. */
export async function beginModel(setting: Setting): Promise<void> {
  await setting.progress.step("Creating the experiment and the model", async () => {
    const experiment = await createExperiment(setting);
    return { told: `${experiment}, ${await createModel(setting)}`, result: undefined };
  });
}

/** Goes from a feature service to a release. */
export async function build(setting: Setting, recipe: Recipe, service: FeatureService): Promise<Built> {
  const trainingSet = await joinTrainingSet(setting, service);
  const fit = await fitTransforms(setting, recipe, { trainingSet, service });
  const rowsDigest = await applyTransforms(setting, { title: "Transforming its rows to train on", fit, trainingSet });
  const trained = await train(setting, recipe, { trainingSet, rowsDigest, heldOutFrom: "2013-07-01" });
  const evaluation = await evaluate(setting, recipe, trained);
  const baseline = await describe(setting, trainingSet);
  const version = await register(setting, recipe, { trained, trainingSet, fit });
  const trainingSetPath = join(setting.workDir, `${recipe}-training.parquet`);
  const made = await release(setting, { version, service, trainingSet, baseline, fit });
  return {
    recipe,
    service,
    trainingSet,
    trainingSetPath,
    fit,
    rowsDigest,
    version,
    evaluation,
    baseline,
    release: made,
  };
}

/** A release of a model that learned from a leak: as good as perfect on the rows held out, which leak as well, and useless when asked. */
export async function buildLeaked(setting: Setting, from: Built): Promise<Built> {
  const { trainingSet, rowsDigest, fit, service, baseline } = from;
  const recipe = "leaked";
  const trained = await train(setting, recipe, { trainingSet, rowsDigest, heldOutFrom: "2013-07-01" });
  const evaluation = await evaluate(setting, recipe, trained);
  const version = await register(setting, recipe, { trained, trainingSet, fit });
  const made = await release(setting, { version, service, trainingSet, baseline, fit });
  return { ...from, recipe, version, evaluation, release: made };
}
