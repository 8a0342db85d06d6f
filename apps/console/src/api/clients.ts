import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { PrivacyService } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { TransformService } from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { SealedLogService } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { CalibrationService } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";

// Everything is asked of the gateway that served the page: the content security policy allows nothing else.
const transport = createConnectTransport({ baseUrl: location.origin, useBinaryFormat: true, fetch: fetchOrDown });

/** fetch reports an unreachable server as a bare TypeError; this tells it apart from a bug of the page. */
function fetchOrDown(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  return fetch(input, init).catch((cause: unknown) => {
    if (!(cause instanceof TypeError)) throw cause;
    const message = `Nothing answers at ${location.origin}. Is the platform running?`;
    throw new ConnectError(message, Code.Unavailable, undefined, undefined, cause);
  });
}

/** The JSON that a file of the platform holds; rejects as calls do. */
export async function fetchFile(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetchOrDown(path, { signal });
  if (!response.ok) throw new ConnectError(`${path} was answered with status ${response.status}.`, Code.Unknown);
  return await response.json();
}

export const tracking = createClient(TrackingService, transport);
export const studies = createClient(StudyService, transport);
export const lineage = createClient(LineageService, transport);
export const registry = createClient(RegistryService, transport);
export const releases = createClient(ReleaseService, transport);
export const deployments = createClient(DeploymentService, transport);
export const calibrations = createClient(CalibrationService, transport);
export const rollouts = createClient(RolloutService, transport);
export const definitions = createClient(DefinitionService, transport);
export const features = createClient(FeatureStoreService, transport);
export const dataVersions = createClient(DataVersionService, transport);
export const transforms = createClient(TransformService, transport);
export const freshness = createClient(FreshnessService, transport);
export const skew = createClient(SkewService, transport);
export const necessity = createClient(NecessityService, transport);
export const privacy = createClient(PrivacyService, transport);
export const validation = createClient(ValidationService, transport);
export const inference = createClient(InferenceService, transport);
export const sealedLogs = createClient(SealedLogService, transport);
