import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  DatasetInput as DatasetInputMessage,
  DatasetInputSchema,
  LoggedModelUseSchema,
  Recipe as RecipeMessage,
  RecipeSchema,
  LoggedModelUse as UseMessage,
} from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type Digest, invalidField, parseDigest } from "@throughline/kernel";
import type { DatasetInput } from "../domain/dataset-input.ts";
import type { LoggedModelUse } from "../domain/model-use.ts";
import { loggedModelName, parseLoggedModelName } from "../domain/names.ts";
import { type Recipe, type RecipeInputs, recipeDigest } from "../domain/recipe.ts";
import { safeNumber, sameProject } from "./convert-values.ts";

export const datasetToProto = (input: DatasetInput): MessageInitShape<typeof DatasetInputSchema> => {
  const { context, tags, rowCount, ...dataset } = input;
  return {
    dataset: { ...dataset, ...(rowCount !== undefined && { rowCount: BigInt(rowCount) }) },
    context,
    tags: { ...tags },
  };
};

export function datasetFromProto({ dataset, context, tags }: DatasetInputMessage, path: string): DatasetInput {
  const { digest = "", displayName = "", externalDigest = "", sourceType = "", source = "" } = dataset ?? {};
  if (digest === "" && externalDigest === "")
    throw invalidField(`${path}.dataset.digest`, "it is missing, and so is the external digest: one of them is needed");
  return {
    digest: digestOrNone(digest, `${path}.dataset.digest`),
    displayName,
    ...(dataset?.rowCount !== undefined && {
      rowCount: safeNumber(dataset.rowCount, `${path}.dataset.row_count`),
    }),
    externalDigest,
    sourceType,
    source,
    schema: dataset?.schema ?? "",
    profile: dataset?.profile ?? "",
    context,
    tags,
  };
}

export const useToProto = (
  project: string,
  { modelId, step }: LoggedModelUse,
): MessageInitShape<typeof LoggedModelUseSchema> => ({
  loggedModel: loggedModelName.format({ project, model: modelId }),
  step,
});

/** A use by a run of `project`. Fails with INVALID_FIELD for a model of another project. */
export function useFromProto({ loggedModel, step }: UseMessage, project: string, path: string): LoggedModelUse {
  const key = parseLoggedModelName(loggedModel, `${path}.logged_model`);
  sameProject(key.project, project, `${path}.logged_model`);
  return { modelId: key.id, step };
}

export const recipeToProto = (
  { code, environment, command, workingDirectory, seed }: Recipe,
  inputs: RecipeInputs,
): MessageInitShape<typeof RecipeSchema> => ({
  code,
  environment,
  command: [...command],
  workingDirectory,
  ...(seed !== undefined && { seed }),
  digest: recipeDigest({ code, environment, command, workingDirectory, ...(seed !== undefined && { seed }) }, inputs),
});

export const recipeFromProto = (
  { code, environment, command, workingDirectory, seed }: RecipeMessage,
  path: string,
): Recipe => ({
  code: {
    repository: code?.repository ?? "",
    commit: code?.commit ?? "",
    diffDigest: digestOrNone(code?.diffDigest ?? "", `${path}.code.diff_digest`),
  },
  environment: {
    lockDigest: digestOrNone(environment?.lockDigest ?? "", `${path}.environment.lock_digest`),
    runtime: environment?.runtime ?? "",
    platform: environment?.platform ?? "",
  },
  command,
  workingDirectory,
  ...(seed !== undefined && { seed }),
});

const digestOrNone = (text: string, path: string): Digest | "" => (text === "" ? "" : parseDigest(text, path));
