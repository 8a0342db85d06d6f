import {
  ModelFormat as FormatMessage,
  type ModelVersion as ModelVersionMessage,
} from "@throughline/contracts/throughline/registry/v1/model_pb";
import type {
  SetModelAliasRequest,
  SetModelTagsRequest,
  SetModelVersionTagsRequest,
  UpdateModelRequest,
  UpdateModelVersionRequest,
} from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { invalidField, parseDigest } from "@throughline/kernel";
import type { AliasMove } from "../domain/aliases.ts";
import { ATTACHED } from "../domain/attach-transforms.ts";
import { displayNameOf } from "../domain/display-name.ts";
import type { ModelFormat } from "../domain/model.ts";
import type { ModelUpdate } from "../domain/models.ts";
import { MODEL } from "../domain/names.ts";
import type { Registration, Variant } from "../domain/registration.ts";
import type { TagChange } from "../domain/tags.ts";
import type { Redescription } from "../domain/version-changes.ts";
import { safeNumber, signatureFromProto } from "./convert-model.ts";

/** What the caller says of a version. Fails with INVALID_FIELD. */
export function registrationFromProto(model: string, version: ModelVersionMessage): Registration {
  const { digest, run, trainingSet, trainingSetDigest, description, tags, metrics, runLink, sourceUri } = version;
  const { signature, source } = version;
  const format = formatFromProto(version.format);
  const variant = variantFromProto(version);
  return {
    model,
    ...(digest !== "" && { digest: parseDigest(digest, "version.digest") }),
    ...(source && { source: { parent: source.parent, path: source.path } }),
    ...(format && { format }),
    ...(variant && { variant }),
    run,
    trainingSet,
    trainingSetDigest: trainingSetDigest === "" ? "" : parseDigest(trainingSetDigest, "version.training_set_digest"),
    description,
    tags: { ...tags },
    metrics: { ...metrics },
    runLink,
    sourceUri,
    ...(signature && { signature: signatureFromProto(signature) }),
  };
}

function variantFromProto({ derivedFrom, derivation }: ModelVersionMessage): Variant | undefined {
  if (derivedFrom === "" && derivation === "") return undefined;
  if (derivedFrom === "") throw invalidField("version.derived_from", "name the version that it was made of");
  if (derivation === "" || derivation === ATTACHED)
    throw invalidField(
      "version.derivation",
      "say how it was made, such as int8-dynamic; AttachTransforms says transforms",
    );
  return { of: derivedFrom, derivation };
}

function formatFromProto(format: FormatMessage): ModelFormat | undefined {
  switch (format) {
    case FormatMessage.UNSPECIFIED:
      return undefined;
    case FormatMessage.ONNX:
      return "ONNX";
    case FormatMessage.OPAQUE:
      return "OPAQUE";
    default:
      throw invalidField("version.format", `${format} is no format that is known here`);
  }
}

const MODEL_FIELDS = ["description", "tags", "display_name"];

/** The masked fields; without a mask those that are not empty. Fails with INVALID_FIELD. */
export function updateFromProto({ model, updateMask, reason }: UpdateModelRequest): ModelUpdate {
  const { name = "", displayName = "", description = "", tags = {}, etag = "" } = model ?? {};
  MODEL.parse(name, "model.name");
  const paths = maskOf(updateMask?.paths, MODEL_FIELDS);
  const changes = (path: string, given: boolean): boolean => (paths.size > 0 ? paths.has(path) : given);
  return {
    name,
    etag,
    reason,
    ...(changes("display_name", displayName !== "") && {
      displayName: displayNameOf(displayName, "model.display_name"),
    }),
    ...(changes("description", description !== "") && { description }),
    ...(changes("tags", Object.keys(tags).length > 0) && { tags: { ...tags } }),
  };
}

/** Fails with INVALID_FIELD. */
export function versionUpdateFromProto({ version, updateMask, reason }: UpdateModelVersionRequest): Redescription {
  const { name = "", description = "", etag = "" } = version ?? {};
  maskOf(updateMask?.paths, ["description"]);
  return { name, description, etag, reason };
}

/** Fails with INVALID_FIELD for fields that cannot be changed. */
function maskOf(paths: readonly string[] = [], changeable: readonly string[]): ReadonlySet<string> {
  for (const path of paths)
    if (!changeable.includes(path))
      throw invalidField("update_mask", `${path} cannot be changed: only ${changeable.join(", ")} can`);
  return new Set(paths);
}

/** The tags that a request sets and removes. */
export const tagChangeFromProto = (request: SetModelTagsRequest | SetModelVersionTagsRequest): TagChange => ({
  name: request.name,
  tags: { ...request.tags },
  removedKeys: request.removedKeys,
  etag: request.etag,
  reason: request.reason,
});

/** Fails with BAD_NAME and INVALID_FIELD. */
export function moveFromProto({ model, alias, version, expectedVersion, reason }: SetModelAliasRequest): AliasMove {
  MODEL.parse(model, "model");
  const move = { model, alias, version: safeNumber(version, "version"), reason };
  if (expectedVersion === undefined) return move;
  return { ...move, expectedVersion: safeNumber(expectedVersion, "expected_version") };
}
