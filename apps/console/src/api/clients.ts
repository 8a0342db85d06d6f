import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
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

export const tracking = createClient(TrackingService, transport);
export const lineage = createClient(LineageService, transport);
export const registry = createClient(RegistryService, transport);
export const releases = createClient(ReleaseService, transport);
export const deployments = createClient(DeploymentService, transport);
export const features = createClient(FeatureStoreService, transport);
export const validation = createClient(ValidationService, transport);
export const inference = createClient(InferenceService, transport);
