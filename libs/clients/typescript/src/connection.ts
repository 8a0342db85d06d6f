import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { PrivacyService } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { TransformService } from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { BatchPredictionService } from "@throughline/contracts/throughline/inference/v1/batch_prediction_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { SealedLogService } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { CalibrationService } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { CanvasService } from "@throughline/contracts/throughline/registry/v1/canvas_service_pb";
import { CardService } from "@throughline/contracts/throughline/registry/v1/card_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { GateService } from "@throughline/contracts/throughline/registry/v1/gate_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { WebhookService } from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { DatasetService } from "@throughline/contracts/throughline/tracking/v1/dataset_service_pb";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { LoggedModelService } from "@throughline/contracts/throughline/tracking/v1/logged_model_service_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { CALLER_SESSION, LIMITS } from "@throughline/kernel";

/** The services as one caller sees them. */
export interface Connection {
  /** Name of the project, as requests take it: `projects/{project}`. */
  readonly parent: string;
  readonly transport: Transport;
  readonly tracking: Client<typeof TrackingService>;
  readonly loggedModels: Client<typeof LoggedModelService>;
  readonly files: Client<typeof FileService>;
  readonly datasets: Client<typeof DatasetService>;
  readonly artifacts: Client<typeof ArtifactService>;
  readonly lineage: Client<typeof LineageService>;
  readonly registry: Client<typeof RegistryService>;
  readonly releases: Client<typeof ReleaseService>;
  readonly studies: Client<typeof StudyService>;
  readonly rollouts: Client<typeof RolloutService>;
  readonly webhooks: Client<typeof WebhookService>;
  readonly gates: Client<typeof GateService>;
  readonly canvases: Client<typeof CanvasService>;
  readonly calibrations: Client<typeof CalibrationService>;
  readonly cards: Client<typeof CardService>;
  readonly deployments: Client<typeof DeploymentService>;
  readonly features: Client<typeof FeatureStoreService>;
  readonly dataVersions: Client<typeof DataVersionService>;
  readonly definitions: Client<typeof DefinitionService>;
  readonly transforms: Client<typeof TransformService>;
  readonly freshness: Client<typeof FreshnessService>;
  readonly necessity: Client<typeof NecessityService>;
  readonly online: Client<typeof OnlineService>;
  readonly privacy: Client<typeof PrivacyService>;
  readonly skew: Client<typeof SkewService>;
  readonly validation: Client<typeof ValidationService>;
  readonly inference: Client<typeof InferenceService>;
  readonly batches: Client<typeof BatchPredictionService>;
  readonly sealedLogs: Client<typeof SealedLogService>;
  readonly openInference: Client<typeof GRPCInferenceService>;
  readonly operations: Client<typeof OperationService>;
}

export interface ConnectOptions {
  /** The platform's gRPC address, such as `http://127.0.0.1:9090`. */
  readonly baseUrl: string;
  /** Default: `default`. */
  readonly project?: string;
  /** Proves who calls. Only sent over TLS or to this machine. */
  readonly token?: string;
  /** Name for histories where the platform asks for no tokens. */
  readonly actor?: string;
}

// As the URL parser writes hosts. Only an address is what it looks like: `127.example.com` is a name.
const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** Connects to the platform over gRPC. Nothing is sent before the first call. */
export function connect({ baseUrl, project = "default", token, actor }: ConnectOptions): Connection {
  const { protocol, hostname } = new URL(baseUrl);
  if (token !== undefined && protocol !== "https:" && !LOOPBACK.test(hostname)) {
    throw new Error(`a token would go to ${baseUrl} without TLS: use https`);
  }
  const headers: Interceptor = (next) => (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    if (actor !== undefined) request.header.set("throughline-actor", actor);
    return next(request);
  };
  const transport = createGrpcTransport({
    baseUrl,
    interceptors: [headers],
    readMaxBytes: LIMITS.inferenceMessageBytesMax,
    writeMaxBytes: LIMITS.inferenceMessageBytesMax,
    nodeOptions: CALLER_SESSION,
  });
  return {
    parent: `projects/${project}`,
    transport,
    tracking: createClient(TrackingService, transport),
    loggedModels: createClient(LoggedModelService, transport),
    files: createClient(FileService, transport),
    datasets: createClient(DatasetService, transport),
    artifacts: createClient(ArtifactService, transport),
    lineage: createClient(LineageService, transport),
    registry: createClient(RegistryService, transport),
    releases: createClient(ReleaseService, transport),
    studies: createClient(StudyService, transport),
    rollouts: createClient(RolloutService, transport),
    webhooks: createClient(WebhookService, transport),
    gates: createClient(GateService, transport),
    canvases: createClient(CanvasService, transport),
    calibrations: createClient(CalibrationService, transport),
    cards: createClient(CardService, transport),
    deployments: createClient(DeploymentService, transport),
    features: createClient(FeatureStoreService, transport),
    dataVersions: createClient(DataVersionService, transport),
    definitions: createClient(DefinitionService, transport),
    transforms: createClient(TransformService, transport),
    freshness: createClient(FreshnessService, transport),
    necessity: createClient(NecessityService, transport),
    online: createClient(OnlineService, transport),
    privacy: createClient(PrivacyService, transport),
    skew: createClient(SkewService, transport),
    validation: createClient(ValidationService, transport),
    inference: createClient(InferenceService, transport),
    batches: createClient(BatchPredictionService, transport),
    sealedLogs: createClient(SealedLogService, transport),
    openInference: createClient(GRPCInferenceService, transport),
    operations: createClient(OperationService, transport),
  };
}
