import { create } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  type GRPCInferenceService,
  InferParameterSchema,
  type ModelInferRequest,
} from "@throughline/contracts/inference/open_inference_pb";
import { isDomainError, type NewId } from "@throughline/kernel";
import { forwardedHeaders, translate } from "@throughline/rpc";
import type { Choice } from "../domain/choice.ts";
import type { Snapshot } from "../domain/deployment-table.ts";
import {
  chooseForTensors,
  type GivenField,
  type InferRequest,
  type Inferred,
  named,
  stickyOf,
} from "../domain/infer.ts";
import type { TensorSpec } from "../domain/tensor.ts";
import { statisticsToProto } from "./convert-statistics.ts";
import { givenField } from "./given-field.ts";
import { inOrder } from "./in-order.ts";
import { modelConfig } from "./model-config.ts";
import { deploymentName, modelName, releaseId } from "./model-names.ts";
import { notOffered } from "./not-offered.ts";
import { outputsToProto } from "./output-tensors.ts";
import { type RepositoryParts, repositoryHandlers } from "./repository-handlers.ts";
import { responseParameters } from "./response-parameters.ts";
import { runCall } from "./run-call.ts";
import { tensorsFromProto } from "./tensors.ts";

export interface OpenInferenceParts extends RepositoryParts {
  readonly infer: (request: InferRequest) => Promise<Inferred>;
  readonly newId: NewId;
  /** True once everything that should serve is known and can answer. */
  readonly isReady: () => boolean;
  /** Most rows of several requests in one run of a model. */
  readonly batchRowsMax: number;
  /** Told of bugs that a stream's caller sees as an internal error only. */
  readonly onProblem: (subject: string, error: unknown) => void;
}

const SERVER = { name: "throughline", version: "0.1.0", platform: "onnxruntime_onnx" } as const;

/** The names of Triton's extensions of the protocol that are offered. */
const EXTENSIONS = [
  "binary_tensor_data",
  "classification",
  "model_configuration",
  "model_repository",
  "parameters",
  "statistics",
];

/** Requests of one stream that are at work at the same time. */
const STREAM_REQUESTS_MAX = 64;

/** The Open Inference Protocol's edge of the router. */
export function openInferenceHandlers(parts: OpenInferenceParts): ServiceImpl<typeof GRPCInferenceService> {
  const { table } = parts;
  const find = finder(parts);
  const answering: Answering = { ...parts, find };
  return {
    ...notOffered,
    ...repositoryHandlers(parts),
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: parts.isReady() }),
    serverMetadata: () => ({ name: SERVER.name, version: SERVER.version, extensions: EXTENSIONS }),
    modelReady({ name, version }) {
      try {
        const { snapshot, chosen } = find({ name, version, path: "name" });
        const shared = snapshot.routes.filter((it) => it.end > it.start).map((it) => it.release);
        return { ready: (version === "" ? shared : [chosen]).every((it) => it.model.isReady()) };
      } catch (error) {
        if (isDomainError(error) && error.kind === "unavailable") return { ready: false };
        throw error;
      }
    },
    modelMetadata({ name, version }) {
      const { snapshot, chosen } = find({ name, version, path: "name" });
      const { signature } = chosen.model;
      const ahead = [...parts.preloads.of(snapshot.deployment.name).values()].filter((it) => it !== undefined);
      return {
        name,
        versions: [...snapshot.routes.map(({ release }) => release), ...ahead].map(releaseId),
        platform: SERVER.platform,
        inputs: signature.inputs.map(specToProto),
        outputs: signature.outputs.map(specToProto),
      };
    },
    modelConfig({ name, version }) {
      const { snapshot, chosen: loaded } = find({ name, version, path: "name" });
      const { execution } = snapshot.deployment;
      return { config: modelConfig({ name, loaded, execution, batchRowsMax: parts.batchRowsMax }) };
    },
    modelStatistics({ name, version }) {
      const wanted = name === "" ? undefined : find({ name, version, path: "name" }).snapshot.deployment.name;
      const snapshots = table.states().flatMap((it) => it.snapshot ?? []);
      const models = snapshots.filter((it) => wanted === undefined || it.deployment.name === wanted);
      return { modelStats: models.flatMap((it) => statisticsOf(it, parts, version)) };
    },
    modelInfer: (request, context) => answer(answering, request, context),
    modelStreamInfer: (requests, context) => answers(answering, requests, context),
  };
}

type Find = (asked: {
  readonly name: string;
  readonly version: string;
  /** Of the field with the name. */
  readonly path: string;
  /** What the request says beside its tensors. */
  readonly given?: GivenField;
}) => Choice & { readonly snapshot: Snapshot };

/** The release that answers for a version, also one that was loaded ahead of traffic; one by the shares without a version. */
const finder =
  ({ table, preloads, newId }: Pick<OpenInferenceParts, "table" | "preloads" | "newId">): Find =>
  ({ name, version, path, given = nothingGiven }) => {
    const snapshot = table.find(deploymentName(name, path));
    const ahead = version === "" ? [] : [...preloads.of(snapshot.deployment.name).values()];
    const chosen = ahead.find((it) => it !== undefined && releaseId(it) === version);
    if (chosen) return { snapshot, ...named(chosen) };
    const sticky = () => stickyOf(snapshot, given, newId);
    return { snapshot, ...chooseForTensors(snapshot, version, { sticky, field: given }) };
  };

const nothingGiven: GivenField = () => undefined;

function statisticsOf({ deployment, routes }: Snapshot, { preloads }: OpenInferenceParts, version: string) {
  const name = modelName(deployment.name);
  const ahead = [...preloads.of(deployment.name).values()].filter((it) => it !== undefined);
  return [...routes.map(({ release }) => release), ...ahead]
    .filter((it) => version === "" || releaseId(it) === version)
    .map((it) => statisticsToProto({ name, version: releaseId(it) }, it.model.statistics()));
}

interface Answering extends OpenInferenceParts {
  readonly find: Find;
}

async function answer(parts: Answering, request: ModelInferRequest, context: HandlerContext) {
  const given = givenField(request.parameters);
  const { modelName: name, modelVersion: version } = request;
  const { snapshot, chosen, facts } = parts.find({ name, version, path: "model_name", given });
  const tensors = () => tensorsFromProto(request, chosen.model.signature);
  const call = runCall(context, request.parameters);
  const headers = () => forwardedHeaders(context);
  const { outputs, predictions } = await parts.infer({
    snapshot,
    chosen,
    facts,
    tensors,
    isNamed: version !== "",
    given,
    call,
    headers,
  });
  const tensorsGiven = outputsToProto(request, outputs);
  return {
    $typeName: "inference.ModelInferResponse" as const,
    modelName: request.modelName,
    modelVersion: releaseId(chosen),
    id: request.id,
    parameters: responseParameters(chosen, { deployment: snapshot.deployment.name, predictions }),
    outputs: tensorsGiven.outputs,
    rawOutputContents: tensorsGiven.rawOutputContents,
  };
}

/** Callers who ask so are told which answer of a request is the last: here each is. */
const FINAL_ASKED = "triton_enable_empty_final_response";
const YES = create(InferParameterSchema, { parameterChoice: { case: "boolParam", value: true } });

/** Failures of single requests are answers of the stream. */
function answers(parts: Answering, requests: AsyncIterable<ModelInferRequest>, context: HandlerContext) {
  return inOrder(requests, STREAM_REQUESTS_MAX, async (request) => {
    try {
      const answered = await answer(parts, request, context);
      if (request.parameters[FINAL_ASKED]?.parameterChoice.value !== true) return { inferResponse: answered };
      return { inferResponse: { ...answered, parameters: { ...answered.parameters, triton_final_response: YES } } };
    } catch (thrown) {
      const error = translate(thrown, (bug) => parts.onProblem("a stream of requests", bug));
      return {
        errorMessage: error.rawMessage,
        inferResponse: { modelName: request.modelName, modelVersion: request.modelVersion, id: request.id },
      };
    }
  });
}

const specToProto = (spec: TensorSpec) => ({ ...spec, shape: spec.shape.map(BigInt) });
