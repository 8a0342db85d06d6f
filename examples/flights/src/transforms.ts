import { wait } from "@throughline/client";
import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import type { TrainingSet } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import type { TransformFit } from "@throughline/contracts/throughline/features/v1/transform_pb";
import {
  ApplyTransformsResultSchema,
  FitTransformsResultSchema,
} from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { transformDefinition } from "./definitions.ts";
import { count, counted } from "./progress.ts";
import type { Setting } from "./setting.ts";
import type { Recipe } from "./training.ts";

/** Learns a recipe's transforms from a training set: medians, quantiles, vocabularies. Labels take no part. */
export async function fitTransforms(
  { connection, progress }: Setting,
  recipe: Recipe,
  { trainingSet, service }: { readonly trainingSet: TrainingSet; readonly service: FeatureService },
): Promise<TransformFit> {
  const { parent, transforms } = connection;
  return progress.step(`Learning the transforms of the ${recipe} model`, async () => {
    const features = trainingSet.columns.filter((it) => service.features.includes(it.name));
    const definition = transformDefinition(recipe, features);
    const { operation } = await transforms.fitTransforms({ parent, trainingSet: trainingSet.name, definition });
    const { transformFit } = await wait(connection, operation, FitTransformsResultSchema);
    if (!transformFit) throw new Error("the platform answered without the fit");
    const [output] = transformFit.outputs;
    const told =
      `${transformFit.inputs.length} raw features become ${output?.datatype} [${output?.width}], ` +
      `${counted(transformFit.passCount, "pass", "passes")} over ${count(transformFit.rowCount)} rows; ${transformFit.digest.slice(0, 19)}…`;
    return { told, result: transformFit };
  });
}

/** Transforms the rows of a training set, and returns the digest of the file to train on. */
export async function applyTransforms(
  { connection, progress }: Setting,
  {
    title,
    fit,
    trainingSet,
  }: { readonly title: string; readonly fit: TransformFit; readonly trainingSet: TrainingSet },
): Promise<string> {
  return progress.step(title, async () => {
    const { operation } = await connection.transforms.applyTransforms({
      name: fit.name,
      trainingSet: trainingSet.name,
    });
    const { fileDigest, rowCount } = await wait(connection, operation, ApplyTransformsResultSchema);
    return { told: `${count(rowCount)} rows, ${fileDigest.slice(0, 19)}…`, result: fileDigest };
  });
}
