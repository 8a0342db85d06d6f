import type { ServiceImpl } from "@connectrpc/connect";
import {
  type AttachTransformsRequest,
  AttachTransformsRequestSchema,
  type RegistryService,
} from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { parseDigest } from "@throughline/kernel";
import { MODEL, parseVersionName } from "../domain/names.ts";
import { registerVersion } from "../domain/register-version.ts";
import type { Registration, RegistrationDeps } from "../domain/registration.ts";
import { callOf } from "./call.ts";
import { versionToProto } from "./convert-model.ts";

/** The method that puts transforms in front of a model. */
export const attachHandler = (
  deps: RegistrationDeps,
): Pick<ServiceImpl<typeof RegistryService>, "attachTransforms"> => ({
  async attachTransforms(request, context) {
    const wanted = attachmentFromProto(request);
    const call = callOf(AttachTransformsRequestSchema, request, { resource: wanted.model, context });
    return { version: versionToProto(await registerVersion(deps, call, wanted)) };
  },
});

/** A version that is to be made by putting transforms in front of another's model. Fails with BAD_NAME. */
function attachmentFromProto({
  modelVersion,
  model,
  transformFitDigest,
  description,
}: AttachTransformsRequest): Registration {
  const of = parseVersionName(modelVersion, "model_version").model;
  if (model !== "") MODEL.parse(model, "model");
  const fitDigest = parseDigest(transformFitDigest, "transform_fit_digest");
  return {
    model: model === "" ? of : model,
    attaching: { version: modelVersion, fitDigest },
    description,
    run: "",
    trainingSet: "",
    trainingSetDigest: "",
    tags: {},
    metrics: {},
    runLink: "",
    sourceUri: "",
  };
}
