import type { ServiceImpl } from "@connectrpc/connect";
import type { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { invalidField, isDomainError, type NewId } from "@throughline/kernel";
import type { DeploymentTable, Snapshot } from "../domain/deployment-table.ts";
import { chooseForTensors, type InferRequest, type Inferred } from "../domain/infer.ts";
import type { LoadedRelease } from "../domain/loaded-release.ts";
import type { TensorSpec } from "../domain/tensor.ts";
import { outputsToProto, tensorsFromProto } from "./tensors.ts";

export interface OpenInferenceParts {
  readonly table: DeploymentTable;
  readonly infer: (request: InferRequest) => Promise<Inferred>;
  readonly newId: NewId;
  /** True once everything that should serve is known and can answer. */
  readonly isReady: () => boolean;
}

const SERVER = { name: "throughline", version: "0.1.0", platform: "onnxruntime_onnx" } as const;

/** The Open Inference Protocol's edge of the router. */
export function openInferenceHandlers(parts: OpenInferenceParts): ServiceImpl<typeof GRPCInferenceService> {
  const { table } = parts;
  return {
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: parts.isReady() }),
    serverMetadata: () => ({ name: SERVER.name, version: SERVER.version, extensions: [] }),
    modelReady({ name, version }) {
      try {
        const snapshot = table.find(deploymentName(name, "name"));
        const asked = version === "" ? snapshot.routes.filter((it) => it.end > it.start).map((it) => it.release) : [];
        const releases = version === "" ? asked : [chooseForTensors(snapshot, version, parts.newId)];
        return { ready: releases.every((it) => it.model.isReady()) };
      } catch (error) {
        if (isDomainError(error) && error.kind === "unavailable") return { ready: false };
        throw error;
      }
    },
    modelMetadata({ name, version }) {
      const snapshot = table.find(deploymentName(name, "name"));
      const { model } = chooseForTensors(snapshot, version, parts.newId);
      return {
        name,
        versions: snapshot.routes.map(({ release }) => releaseId(release)),
        platform: SERVER.platform,
        inputs: model.signature.inputs.map(specToProto),
        outputs: model.signature.outputs.map(specToProto),
      };
    },
    async modelInfer(request, { signal }) {
      const snapshot: Snapshot = table.find(deploymentName(request.modelName, "model_name"));
      const chosen = chooseForTensors(snapshot, request.modelVersion, parts.newId);
      const tensors = tensorsFromProto(request, chosen.model.signature);
      const { outputs, prediction } = await parts.infer({ snapshot, chosen, tensors, signal });
      const name = prediction ? `${snapshot.deployment.name}/predictions/${prediction.id}` : undefined;
      return {
        modelName: request.modelName,
        modelVersion: releaseId(chosen),
        id: request.id,
        parameters: {
          release: text(chosen.release.name),
          release_digest: text(chosen.release.digest),
          ...(name === undefined ? {} : { prediction: text(name) }),
        },
        ...outputsToProto(request, outputs),
      };
    },
  };
}

const text = (value: string) => ({ parameterChoice: { case: "stringParam" as const, value } });

const releaseId = ({ release }: LoadedRelease): string => release.name.slice(release.name.lastIndexOf("/") + 1);

const specToProto = (spec: TensorSpec) => ({ ...spec, shape: spec.shape.map(BigInt) });

/** `deployment` of the project `default`, or `project/deployment`. */
function deploymentName(model: string, path: string): string {
  const match = /^(?:([^/]+)\/)?([^/]+)$/.exec(model);
  if (!match) throw invalidField(path, `"${model.slice(0, 300)}" is neither a deployment nor project/deployment`);
  return `projects/${match[1] ?? "default"}/deployments/${match[2]}`;
}
