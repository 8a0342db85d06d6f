import type { Message } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { DataVersionService } from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import { DefinitionService } from "@throughline/contracts/throughline/features/v1/definition_service_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { NecessityService } from "@throughline/contracts/throughline/features/v1/necessity_service_pb";
import { PrivacyService } from "@throughline/contracts/throughline/features/v1/privacy_service_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { TransformService } from "@throughline/contracts/throughline/features/v1/transform_service_pb";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { CalibrationService } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { DeploymentService } from "@throughline/contracts/throughline/registry/v1/deployment_service_pb";
import { RegistryService } from "@throughline/contracts/throughline/registry/v1/registry_service_pb";
import { ReleaseService } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { RolloutService } from "@throughline/contracts/throughline/registry/v1/rollout_service_pb";
import { StudyService } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";

/** Calls a platform through its gateway, as the console does. */
export function clientsOf(baseUrl: string) {
  const transport = createConnectTransport({ baseUrl, useBinaryFormat: true });
  const operations = createClient(OperationService, transport);
  return {
    tracking: createClient(TrackingService, transport),
    studies: createClient(StudyService, transport),
    registry: createClient(RegistryService, transport),
    releases: createClient(ReleaseService, transport),
    deployments: createClient(DeploymentService, transport),
    calibrations: createClient(CalibrationService, transport),
    rollouts: createClient(RolloutService, transport),
    features: createClient(FeatureStoreService, transport),
    definitions: createClient(DefinitionService, transport),
    dataVersions: createClient(DataVersionService, transport),
    transforms: createClient(TransformService, transport),
    skew: createClient(SkewService, transport),
    necessity: createClient(NecessityService, transport),
    privacy: createClient(PrivacyService, transport),
    validation: createClient(ValidationService, transport),
    inference: createClient(InferenceService, transport),
    /** Waits for the end of an operation and returns its response. */
    async finished<T extends Message>(started: Operation | undefined, schema: GenMessage<T>): Promise<T> {
      for await (const { operation } of operations.watchOperation({ name: started?.name ?? "" })) {
        if (operation?.state === OperationState.RUNNING) continue;
        const response = operation?.response && anyUnpack(operation.response, schema);
        if (!response) throw new Error(`${started?.name}: ${operation?.error?.message}`);
        return response;
      }
      throw new Error(`${started?.name} was not told to the end`);
    },
    /** Stores bytes in a project and returns their digest. */
    async upload(project: string, bytes: Uint8Array): Promise<string> {
      const response = await fetch(`${baseUrl}/v1/projects/${project}/artifacts:upload`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: Uint8Array.from(bytes),
      });
      const answer = (await response.json()) as { artifact?: { digest?: string } };
      if (!answer.artifact?.digest) throw new Error(`the upload failed: ${JSON.stringify(answer)}`);
      return answer.artifact.digest;
    },
  };
}

export type Clients = ReturnType<typeof clientsOf>;
