import { wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import { ModelFormat, type ModelVersion } from "@throughline/contracts/throughline/registry/v1/model_pb";
import type { Release } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Evaluation } from "@throughline/contracts/throughline/validation/v1/evaluation_pb";
import type { Schema } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import type { DatasetStatistics } from "@throughline/contracts/throughline/validation/v1/statistics_pb";
import {
  ComputeStatisticsResultSchema,
  EvaluateResultSchema,
} from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { figure } from "./progress.ts";
import type { Setting } from "./setting.ts";
import type { Recipe, Trained } from "./training.ts";

/** Score from which a flight is called late. */
export const LATE_THRESHOLD = 0.35;

/** Statistics and schema of a training set, which live traffic is compared with. */
export interface Baseline {
  readonly statistics: DatasetStatistics;
  readonly schema: Schema;
}

/** Computes the baseline of a training set. */
export async function describe({ connection, progress }: Setting, trainingSet: TrainingSet): Promise<Baseline> {
  const { parent, validation } = connection;
  return progress.step("Describing the training set as the baseline", async () => {
    const dataDigest = trainingSet.fileDigest;
    const { operation } = await validation.computeStatistics({ parent, dataDigest });
    const { statistics } = await wait(connection, operation, ComputeStatisticsResultSchema);
    if (!statistics) throw new Error("the platform answered without statistics");
    const { schema } = await validation.inferSchema({ statistics: statistics.name });
    if (!schema) throw new Error("the platform answered without a schema");
    return { told: `statistics of ${statistics.columns.length} columns, and a schema`, result: { statistics, schema } };
  });
}

/** Evaluates a model on July and August, by carrier and origin. */
export async function evaluate(
  { connection, progress }: Setting,
  recipe: Recipe,
  trained: Trained,
): Promise<Evaluation> {
  return progress.step(`Evaluating the ${recipe} model by carrier and origin`, async () => {
    const { operation } = await connection.validation.evaluate({
      parent: connection.parent,
      dataDigest: trained.holdoutDigest,
      labelColumn: "late",
      scoreColumn: "score",
      sliceColumns: ["carrier", "origin"],
      subject: trained.run,
      threshold: LATE_THRESHOLD,
    });
    const { evaluation } = await wait(connection, operation, EvaluateResultSchema);
    if (!evaluation) throw new Error("the platform answered without an evaluation");
    const auc = evaluation.slices[0]?.metrics.find((it) => it.name === "auc");
    const told =
      `AUC ${figure(auc?.value ?? Number.NaN)} [${figure(auc?.interval?.low ?? Number.NaN)}, ` +
      `${figure(auc?.interval?.high ?? Number.NaN)}] over all, ${evaluation.slices.length - 1} slices`;
    return { told, result: evaluation };
  });
}

/** What a model version is registered from. */
export interface Made {
  readonly trained: Trained;
  readonly trainingSet: TrainingSet;
  readonly fit: TransformFit;
}

const MODEL = "late-flights";

/** Creates the model, unless an earlier demonstration did. Returns its name. */
export async function createModel({ connection: { parent, registry } }: Setting): Promise<string> {
  const name = `${parent}/models/${MODEL}`;
  const { models } = await registry.listModels({ parent });
  if (models.some((it) => it.name === name)) return name;
  const description = "Probability that a flight arrives 15 minutes late or more, two hours before it leaves";
  await registry.createModel({ parent, modelId: MODEL, model: { description } });
  return name;
}

/** Registers a trained model as the next version, and then the same with its transforms in front, which takes raw features. */
export async function register(setting: Setting, recipe: Recipe, made: Made): Promise<ModelVersion> {
  const { connection, progress } = setting;
  const { parent, registry } = connection;
  return progress.step(`Registering the ${recipe} model, with its transforms in front`, async () => {
    const model = `${parent}/models/${MODEL}`;
    const { version: bare } = await registry.createModelVersion({ parent: model, version: versionOf(recipe, made) });
    if (!bare) throw new Error("the platform answered without a version");
    const { version } = await registry.attachTransforms({
      modelVersion: bare.name,
      transformFitDigest: made.fit.digest,
      description: bare.description,
    });
    if (!version) throw new Error("the platform answered without the version with transforms");
    await registry.setModelAlias({
      model,
      alias: recipe,
      version: version.version,
      reason: "trained by the demonstration",
    });
    const [input] = bare.signature?.inputs ?? [];
    const told =
      `version ${bare.version} takes ${input?.datatype} [${input?.shape.join(", ")}], ` +
      `version ${version.version} ${version.signature?.inputs.length} raw features`;
    return { told, result: version };
  });
}

const versionOf = (recipe: Recipe, { trained, trainingSet }: Made) => ({
  digest: trained.modelDigest,
  format: ModelFormat.ONNX,
  run: trained.run,
  trainingSet: trainingSet.name,
  trainingSetDigest: trainingSet.digest,
  description: `The ${recipe} recipe`,
  metrics: { ...trained.metrics },
});

/** Everything that a release of the demonstration is made of. */
export interface ReleaseParts {
  readonly version: ModelVersion;
  readonly service: FeatureService;
  readonly trainingSet: TrainingSet;
  readonly baseline: Baseline;
  readonly fit: TransformFit;
}

/** Makes a release of a model version with its features, schema, baseline, certificate and threshold. */
export async function release({ connection, progress }: Setting, parts: ReleaseParts): Promise<Release> {
  return progress.step(`Making a release of version ${parts.version.version}`, async () => {
    const made = await connection.releases.createRelease({
      parent: connection.parent,
      description: parts.version.description,
      manifest: {
        models: { late: { modelVersion: parts.version.name } },
        graph: {
          nodes: [
            {
              name: "late",
              // Without an input tensor each feature goes to the input of its name: the model takes them raw.
              kind: { case: "model", value: { outputTensor: "probabilities", outputColumn: 1 } },
            },
          ],
          outputNode: "late",
        },
        features: { featureService: parts.service.name, featureServiceVersion: parts.service.version },
        schemaDigest: parts.baseline.schema.digest,
        baselineStatisticsDigest: parts.baseline.statistics.digest,
        certificateDigest: parts.trainingSet.certificateDigest,
        thresholds: { late: LATE_THRESHOLD },
      },
    });
    if (!made.release) throw new Error("the platform answered without the release");
    const { verified } = await connection.releases.verifyRelease({ name: made.release.name });
    if (!verified) throw new Error("the release does not verify");
    const fit = made.release.manifest?.models["late"]?.transformFitDigest;
    if (fit !== parts.fit.digest) throw new Error(`the release carries the transforms ${fit}, not ${parts.fit.digest}`);
    const told = `${made.release.digest.slice(0, 19)}…, verified, with the transforms ${fit.slice(0, 19)}…`;
    return { told, result: made.release };
  });
}
