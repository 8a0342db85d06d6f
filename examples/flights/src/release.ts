import { wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
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

/** Registers a trained model as the next version. */
export async function register(
  setting: Setting,
  recipe: Recipe,
  made: { trained: Trained; trainingSet: TrainingSet },
): Promise<ModelVersion> {
  const { connection, progress } = setting;
  const { parent, registry } = connection;
  const { trained, trainingSet } = made;
  return progress.step(`Registering the ${recipe} model`, async () => {
    const model = `${parent}/models/late-flights`;
    const { models } = await registry.listModels({ parent });
    if (!models.some((it) => it.name === model)) {
      await registry.createModel({
        parent,
        modelId: "late-flights",
        model: { description: "Probability that a flight arrives 15 minutes late or more, two hours before it leaves" },
      });
    }
    const { version } = await registry.createModelVersion({
      parent: model,
      version: {
        digest: trained.modelDigest,
        format: ModelFormat.ONNX,
        run: trained.run,
        trainingSet: trainingSet.name,
        trainingSetDigest: trainingSet.digest,
        description: `The ${recipe} recipe`,
        metrics: { ...trained.metrics },
      },
    });
    if (!version) throw new Error("the platform answered without a version");
    await registry.setModelAlias({
      model,
      alias: recipe,
      version: version.version,
      reason: "trained by the demonstration",
    });
    const [input] = version.signature?.inputs ?? [];
    return {
      told: `version ${version.version}, takes ${input?.datatype} [${input?.shape.join(", ")}]`,
      result: version,
    };
  });
}

/** Everything that a release of the demonstration is made of. */
export interface ReleaseParts {
  readonly version: ModelVersion;
  readonly service: FeatureService;
  readonly trainingSet: TrainingSet;
  readonly baseline: Baseline;
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
              kind: {
                case: "model",
                value: { inputTensor: "features", outputTensor: "probabilities", outputColumn: 1 },
              },
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
    return { told: `${made.release.digest.slice(0, 19)}…, verified`, result: made.release };
  });
}
