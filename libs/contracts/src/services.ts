import type { DescService } from "@bufbuild/protobuf";
import { GRPCInferenceService } from "./gen/inference/open_inference_pb.js";
import { DataVersionService } from "./gen/throughline/features/v1/data_version_service_pb.js";
import { DefinitionService } from "./gen/throughline/features/v1/definition_service_pb.js";
import { FeatureStoreService } from "./gen/throughline/features/v1/feature_store_service_pb.js";
import { FreshnessService } from "./gen/throughline/features/v1/freshness_service_pb.js";
import { NecessityService } from "./gen/throughline/features/v1/necessity_service_pb.js";
import { OnlineService } from "./gen/throughline/features/v1/online_service_pb.js";
import { PrivacyService } from "./gen/throughline/features/v1/privacy_service_pb.js";
import { FeatureReferenceService } from "./gen/throughline/features/v1/reference_service_pb.js";
import { SkewService } from "./gen/throughline/features/v1/skew_service_pb.js";
import { TransformService } from "./gen/throughline/features/v1/transform_service_pb.js";
import { BatchPredictionService } from "./gen/throughline/inference/v1/batch_prediction_service_pb.js";
import { InferenceService } from "./gen/throughline/inference/v1/inference_service_pb.js";
import { InferenceReferenceService } from "./gen/throughline/inference/v1/reference_service_pb.js";
import { SealedLogService } from "./gen/throughline/inference/v1/sealed_log_service_pb.js";
import { ArtifactService } from "./gen/throughline/lineage/v1/artifact_service_pb.js";
import { LineageService } from "./gen/throughline/lineage/v1/lineage_service_pb.js";
import { CalibrationService } from "./gen/throughline/registry/v1/calibration_service_pb.js";
import { CanvasService } from "./gen/throughline/registry/v1/canvas_service_pb.js";
import { CardService } from "./gen/throughline/registry/v1/card_service_pb.js";
import { DeploymentService } from "./gen/throughline/registry/v1/deployment_service_pb.js";
import { GateService } from "./gen/throughline/registry/v1/gate_service_pb.js";
import { RegistryReferenceService } from "./gen/throughline/registry/v1/reference_service_pb.js";
import { RegistryService } from "./gen/throughline/registry/v1/registry_service_pb.js";
import { ReleaseService } from "./gen/throughline/registry/v1/release_service_pb.js";
import { RolloutService } from "./gen/throughline/registry/v1/rollout_service_pb.js";
import { WebhookService } from "./gen/throughline/registry/v1/webhook_service_pb.js";
import { DatasetService } from "./gen/throughline/tracking/v1/dataset_service_pb.js";
import { FileService } from "./gen/throughline/tracking/v1/file_service_pb.js";
import { LoggedModelService } from "./gen/throughline/tracking/v1/logged_model_service_pb.js";
import { StorageService } from "./gen/throughline/tracking/v1/storage_service_pb.js";
import { StudyService } from "./gen/throughline/tracking/v1/study_service_pb.js";
import { TrackingService } from "./gen/throughline/tracking/v1/tracking_service_pb.js";
import { OperationService } from "./gen/throughline/type/v1/operation_pb.js";
import { ValidationReferenceService } from "./gen/throughline/validation/v1/reference_service_pb.js";
import { ValidationService } from "./gen/throughline/validation/v1/validation_service_pb.js";

/** The processes of the platform that serve contracts, and which contracts each of them serves. */
export const SERVICES = {
  tracking: [
    TrackingService,
    LoggedModelService,
    FileService,
    DatasetService,
    StudyService,
    ArtifactService,
    LineageService,
    StorageService,
    OperationService,
  ],
  registry: [
    RegistryService,
    ReleaseService,
    DeploymentService,
    RolloutService,
    WebhookService,
    GateService,
    CalibrationService,
    CanvasService,
    CardService,
    RegistryReferenceService,
  ],
  "feature-store": [
    FeatureStoreService,
    DataVersionService,
    DefinitionService,
    FreshnessService,
    NecessityService,
    OnlineService,
    PrivacyService,
    SkewService,
    TransformService,
    FeatureReferenceService,
    OperationService,
  ],
  validation: [ValidationService, ValidationReferenceService, OperationService],
  "inference-router": [
    InferenceService,
    BatchPredictionService,
    SealedLogService,
    GRPCInferenceService,
    InferenceReferenceService,
    OperationService,
  ],
} as const satisfies Record<string, readonly DescService[]>;

export type ServiceName = keyof typeof SERVICES;

/** Every contract of the platform once, whichever processes serve it. */
export function servicesOf(names: readonly ServiceName[]): readonly DescService[] {
  return [
    ...new Map(names.flatMap((it) => SERVICES[it] as readonly DescService[]).map((it) => [it.typeName, it])).values(),
  ];
}
