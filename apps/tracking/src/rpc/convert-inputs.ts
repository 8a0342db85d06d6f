import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  DatasetInput as DatasetInputMessage,
  DatasetInputSchema,
  LoggedModelUseSchema,
  Recipe as RecipeMessage,
  RecipeSchema,
  StoredText as StoredTextMessage,
  StoredTextSchema,
  LoggedModelUse as UseMessage,
} from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { type Digest, invalidField, parseDigest } from "@throughline/kernel";
import type { DatasetInput, StoredText } from "../domain/dataset-input.ts";
import type { LoggedModelUse } from "../domain/model-use.ts";
import { loggedModelName, parseLoggedModelName } from "../domain/names.ts";
import { type Recipe, type RecipeInputs, recipeDigest } from "../domain/recipe.ts";
import { safeNumber, sameProject } from "./convert-values.ts";

export const datasetToProto = (input: DatasetInput): MessageInitShape<typeof DatasetInputSchema> => {
  const { context, tags, rowCount, schema, profile, ...dataset } = input;
  return {
    dataset: {
      ...dataset,
      ...(rowCount !== undefined && { rowCount: BigInt(rowCount) }),
      ...(typeof schema === "string" ? { schema } : { storedSchema: textToProto(schema) }),
      ...(typeof profile === "string" ? { profile } : { storedProfile: textToProto(profile) }),
    },
    context,
    tags: { ...tags },
  };
};

const textToProto = ({ digest, sizeBytes }: StoredText): MessageInitShape<typeof StoredTextSchema> => ({
  digest,
  sizeBytes: BigInt(sizeBytes),
});

/** A text as it stands in the record, or beside it: then its size is known by its digest. */
function textFromProto(inRecord: string, beside: StoredTextMessage | undefined, path: string): string | StoredText {
  if (beside === undefined) return inRecord;
  if (inRecord !== "") throw invalidField(path, "a text that is stored beside the record does not stand in it too");
  return { digest: parseDigest(beside.digest, `${path}.digest`), sizeBytes: 0 };
}

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
    schema: textFromProto(dataset?.schema ?? "", dataset?.storedSchema, `${path}.dataset.stored_schema`),
    profile: textFromProto(dataset?.profile ?? "", dataset?.storedProfile, `${path}.dataset.stored_profile`),
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
