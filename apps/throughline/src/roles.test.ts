import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { policyTable } from "@throughline/rpc";
import { expect, test } from "vitest";

test("the table of roles is the one that was agreed", () => {
  const lines = [...policyTable(servicesOf(Object.keys(SERVICES) as ServiceName[]))].map(
    ([name, role]) => `${(Role[role] ?? "").padEnd(8)} ${name}`,
  );
  expect(`\n${lines.sort().join("\n")}\n`).toMatchInlineSnapshot(`
    "
    EDITOR   throughline.features.v1.FeatureStoreService/ApplyFeatureService
    EDITOR   throughline.features.v1.FeatureStoreService/ApplyFeatureView
    EDITOR   throughline.features.v1.FeatureStoreService/CreateEntity
    EDITOR   throughline.features.v1.FeatureStoreService/CreateSource
    EDITOR   throughline.features.v1.FeatureStoreService/CreateTrainingSet
    EDITOR   throughline.features.v1.FeatureStoreService/LoadSource
    EDITOR   throughline.features.v1.FeatureStoreService/Materialize
    EDITOR   throughline.features.v1.FeatureStoreService/PushRows
    EDITOR   throughline.inference.v1.InferenceService/ExportPredictions
    EDITOR   throughline.inference.v1.InferenceService/SendFeedback
    EDITOR   throughline.lineage.v1.ArtifactService/UploadArtifact
    EDITOR   throughline.registry.v1.RegistryService/CreateModel
    EDITOR   throughline.registry.v1.RegistryService/CreateModelVersion
    EDITOR   throughline.registry.v1.RegistryService/SetModelAlias
    EDITOR   throughline.registry.v1.RegistryService/UpdateModel
    EDITOR   throughline.tracking.v1.TrackingService/CreateExperiment
    EDITOR   throughline.tracking.v1.TrackingService/CreateRun
    EDITOR   throughline.tracking.v1.TrackingService/DeleteExperiment
    EDITOR   throughline.tracking.v1.TrackingService/DeleteRun
    EDITOR   throughline.tracking.v1.TrackingService/LogBatch
    EDITOR   throughline.tracking.v1.TrackingService/RestoreExperiment
    EDITOR   throughline.tracking.v1.TrackingService/RestoreRun
    EDITOR   throughline.tracking.v1.TrackingService/UpdateExperiment
    EDITOR   throughline.tracking.v1.TrackingService/UpdateRun
    EDITOR   throughline.type.v1.OperationService/CancelOperation
    EDITOR   throughline.validation.v1.ValidationService/CompareStatistics
    EDITOR   throughline.validation.v1.ValidationService/ComputeStatistics
    EDITOR   throughline.validation.v1.ValidationService/CreateSchema
    EDITOR   throughline.validation.v1.ValidationService/Evaluate
    EDITOR   throughline.validation.v1.ValidationService/InferSchema
    OPERATOR throughline.registry.v1.DeploymentService/CreateDeployment
    OPERATOR throughline.registry.v1.DeploymentService/RollBackDeployment
    OPERATOR throughline.registry.v1.DeploymentService/SetTraffic
    OPERATOR throughline.registry.v1.ReleaseService/CreateRelease
    PUBLIC   inference.GRPCInferenceService/ServerLive
    PUBLIC   inference.GRPCInferenceService/ServerMetadata
    PUBLIC   inference.GRPCInferenceService/ServerReady
    SERVICE  throughline.lineage.v1.LineageService/RecordExecution
    VIEWER   inference.GRPCInferenceService/ModelInfer
    VIEWER   inference.GRPCInferenceService/ModelMetadata
    VIEWER   inference.GRPCInferenceService/ModelReady
    VIEWER   throughline.features.v1.FeatureStoreService/GetEntity
    VIEWER   throughline.features.v1.FeatureStoreService/GetFeatureService
    VIEWER   throughline.features.v1.FeatureStoreService/GetFeatureView
    VIEWER   throughline.features.v1.FeatureStoreService/GetOnlineFeatures
    VIEWER   throughline.features.v1.FeatureStoreService/GetSource
    VIEWER   throughline.features.v1.FeatureStoreService/GetTrainingSet
    VIEWER   throughline.features.v1.FeatureStoreService/ListEntities
    VIEWER   throughline.features.v1.FeatureStoreService/ListFeatureServices
    VIEWER   throughline.features.v1.FeatureStoreService/ListFeatureViews
    VIEWER   throughline.features.v1.FeatureStoreService/ListSources
    VIEWER   throughline.features.v1.FeatureStoreService/ListTrainingSets
    VIEWER   throughline.features.v1.FeatureStoreService/TraceFeatures
    VIEWER   throughline.inference.v1.InferenceService/GetDeploymentMetrics
    VIEWER   throughline.inference.v1.InferenceService/GetPrediction
    VIEWER   throughline.inference.v1.InferenceService/ListPredictions
    VIEWER   throughline.inference.v1.InferenceService/Predict
    VIEWER   throughline.inference.v1.InferenceService/WatchDeploymentMetrics
    VIEWER   throughline.lineage.v1.ArtifactService/DownloadArtifact
    VIEWER   throughline.lineage.v1.ArtifactService/GetArtifact
    VIEWER   throughline.lineage.v1.LineageService/GetLineage
    VIEWER   throughline.registry.v1.DeploymentService/GetDeployment
    VIEWER   throughline.registry.v1.DeploymentService/ListDeploymentChanges
    VIEWER   throughline.registry.v1.DeploymentService/ListDeployments
    VIEWER   throughline.registry.v1.DeploymentService/WatchDeployments
    VIEWER   throughline.registry.v1.RegistryService/GetModel
    VIEWER   throughline.registry.v1.RegistryService/GetModelVersion
    VIEWER   throughline.registry.v1.RegistryService/ListAliasChanges
    VIEWER   throughline.registry.v1.RegistryService/ListModelVersions
    VIEWER   throughline.registry.v1.RegistryService/ListModels
    VIEWER   throughline.registry.v1.ReleaseService/GetRelease
    VIEWER   throughline.registry.v1.ReleaseService/ListReleases
    VIEWER   throughline.registry.v1.ReleaseService/VerifyRelease
    VIEWER   throughline.tracking.v1.TrackingService/GetExperiment
    VIEWER   throughline.tracking.v1.TrackingService/GetMetricHistory
    VIEWER   throughline.tracking.v1.TrackingService/GetRun
    VIEWER   throughline.tracking.v1.TrackingService/ListExperiments
    VIEWER   throughline.tracking.v1.TrackingService/ListRuns
    VIEWER   throughline.tracking.v1.TrackingService/WatchRun
    VIEWER   throughline.type.v1.OperationService/GetOperation
    VIEWER   throughline.type.v1.OperationService/ListOperations
    VIEWER   throughline.type.v1.OperationService/WatchOperation
    VIEWER   throughline.validation.v1.ValidationService/GetEvaluation
    VIEWER   throughline.validation.v1.ValidationService/GetSchema
    VIEWER   throughline.validation.v1.ValidationService/GetStatistics
    VIEWER   throughline.validation.v1.ValidationService/ListDriftReports
    VIEWER   throughline.validation.v1.ValidationService/ListEvaluations
    VIEWER   throughline.validation.v1.ValidationService/ListStatistics
    VIEWER   throughline.validation.v1.ValidationService/ValidateStatistics
    "
  `);
});
