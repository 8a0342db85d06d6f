import type { HandlerContext } from "@connectrpc/connect";
import {
  type CreateTrainingSetRequest,
  CreateTrainingSetRequestSchema,
  CreateTrainingSetResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { PredictionLogWindow } from "@throughline/contracts/throughline/features/v1/prediction_log_pb";
import { invalidField, resourceName } from "@throughline/kernel";
import { callerOf, durationToNs, operationToProto, toMs, toNs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { projectName, serviceName } from "../domain/names.ts";
import { problems } from "../domain/problems.ts";
import { createServedSet, type ServedSetRequest } from "../domain/served/create-served-set.ts";
import type { ServedWindow } from "../domain/served/serving-log.ts";
import { timesFromProto } from "./convert-certificate.ts";
import { trainingSetToProto } from "./convert-data.ts";
import { packed } from "./packed.ts";
import { requestDigest } from "./request-identity.ts";

const deploymentName = resourceName("projects/{project}/deployments/{deployment}");

/** Starts making a training set of what a deployment served. */
export async function createServedTrainingSet(
  store: FeatureStore,
  request: CreateTrainingSetRequest,
  { window, context }: { readonly window: PredictionLogWindow; readonly context: HandlerContext },
) {
  store.servingLog.check();
  const asked = servedRequest(request, window, callerOf(context).actor);
  const operation = await store.operations.start({
    project: asked.project,
    kind: "CreateTrainingSet",
    target: window.deployment,
    requestId: request.requestId,
    requestDigest: requestDigest(CreateTrainingSetRequestSchema, request),
    work: async (run) => {
      const made = await createServedSet(store, { ...asked, operation: run.operation }, run);
      return packed(CreateTrainingSetResultSchema, { trainingSet: trainingSetToProto(made) });
    },
  });
  return { operation: operationToProto(operation) };
}

/** Rows of the certificate's sample when the request does not say. */
const SAMPLE_ROWS = 1_000;

function servedRequest(
  request: CreateTrainingSetRequest,
  window: PredictionLogWindow,
  actor: string,
): Omit<ServedSetRequest, "operation"> {
  refuseSpine(request);
  const { project } = projectName.parse(request.parent, "parent");
  const parts =
    request.featureService === "" ? undefined : serviceName.parse(request.featureService, "feature_service");
  if (parts && parts.project !== project)
    throw invalidField("feature_service", "it is of another project than the parent");
  const seed = Number(request.certificateSeed);
  if (!Number.isSafeInteger(seed)) throw invalidField("certificate_seed", "it is beyond 2^53");
  return {
    project,
    seed,
    actor,
    window: {
      ...windowFromProto(window, { project, path: "prediction_log" }),
      labelDelayNs: window.labelDelay && durationToNs(window.labelDelay, "prediction_log.label_delay"),
      labeledOnly: !window.keepUnlabeled,
    },
    service: parts?.service ?? "",
    serviceVersion: Number(request.featureServiceVersion),
    sampleRows: request.certificateRowCount || SAMPLE_ROWS,
    timeSplit: timesFromProto(request).timeSplit,
    purpose: request.purpose,
    privacyKeyVersion: Number(request.privacyKeyVersion),
  };
}

/** The log has its own keys, times and labels. */
function refuseSpine(request: CreateTrainingSetRequest): void {
  const wrong = problems();
  const refuse = (path: string, isSet: boolean): void => {
    if (isSet) wrong.add(path, "it is of spines: leave it out with prediction_log");
  };
  refuse("spine_digest", request.spineDigest !== "");
  refuse("cutoff_column", request.cutoffColumn !== "");
  refuse("label_columns", request.labelColumns.length > 0);
  refuse("label_time_column", request.labelTimeColumn !== "");
  refuse("label_delay", request.labelDelay !== undefined);
  refuse("data_version", request.dataVersion !== 0n);
  refuse("data_tag", request.dataTag !== "");
  refuse("time_split.column", request.timeSplit?.by.case === "column");
  wrong.throwIfAny();
}

/** The times of a window, as requests say them. */
type WindowFields = Pick<PredictionLogWindow, "deployment" | "release" | "startTime" | "endTime" | "knownBy">;

/** `path` is that of the window in the request, empty if it is the request itself. */
export function windowFromProto(
  window: WindowFields,
  { project, path }: { readonly project: string; readonly path: string },
): ServedWindow {
  const at = (field: string): string => (path === "" ? field : `${path}.${field}`);
  if (deploymentName.parse(window.deployment, at("deployment")).project !== project)
    throw invalidField(at("deployment"), "it is of another project than the parent");
  const startNs = window.startTime && toNs(window.startTime);
  const endNs = window.endTime && toNs(window.endTime);
  if (startNs !== undefined && endNs !== undefined && startNs >= endNs)
    throw invalidField(at("end_time"), "it is not after the start");
  return {
    deployment: window.deployment,
    startNs,
    endNs,
    release: window.release,
    knownByMs: window.knownBy && toMs(window.knownBy),
    labelDelayNs: undefined,
    labeledOnly: false,
  };
}
