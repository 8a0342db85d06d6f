import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  DataType,
  type ModelConfigSchema,
  ModelInstanceGroup_Kind,
} from "@throughline/contracts/inference/model_config_pb";
import type { LoadedRelease } from "../domain/loaded-release.ts";
import type { ExecutionSettings } from "../domain/model-host.ts";
import type { Datatype, Signature, TensorSpec } from "../domain/tensor.ts";

export interface ConfigOf {
  readonly name: string;
  readonly loaded: LoadedRelease;
  /** How the deployment wants its models to be run, if it says so. */
  readonly execution: ExecutionSettings | undefined;
  /** Most rows of several requests in one run, where the deployment does not say. */
  readonly batchRowsMax: number;
}

/** How a release is run, in the words that Triton's tools read. */
export function modelConfig({
  name,
  loaded,
  execution,
  batchRowsMax,
}: ConfigOf): MessageInitShape<typeof ModelConfigSchema> {
  const { release, model } = loaded;
  const isBatched = hasRows(model.signature);
  const dims = ({ shape }: TensorSpec) => (isBatched ? shape.slice(1) : shape).map(BigInt);
  const tensor = (it: TensorSpec) => ({ name: it.name, dataType: DATA_TYPES[it.datatype], dims: dims(it) });
  return {
    name,
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    versionPolicy: { policyChoice: { case: "all", value: {} } },
    maxBatchSize: isBatched ? (execution?.batchRowsMax ?? batchRowsMax) : 0,
    input: model.signature.inputs.map(tensor),
    output: model.signature.outputs.map(tensor),
    ...(isBatched ? { schedulingChoice: { case: "dynamicBatching" as const, value: {} } } : {}),
    instanceGroup: [{ name, count: execution?.instances ?? 1, kind: ModelInstanceGroup_Kind.CPU }],
    defaultModelFilename: "model.onnx",
    parameters: { release: { stringValue: release.name }, release_digest: { stringValue: release.digest } },
    modelTransactionPolicy: { decoupled: false },
  };
}

/** True if every tensor begins with a dimension of any size: the rows. */
const hasRows = ({ inputs, outputs }: Signature): boolean => [...inputs, ...outputs].every((it) => it.shape[0] === -1);

const DATA_TYPES: Readonly<Record<Datatype, DataType>> = {
  BOOL: DataType.TYPE_BOOL,
  UINT8: DataType.TYPE_UINT8,
  UINT16: DataType.TYPE_UINT16,
  UINT32: DataType.TYPE_UINT32,
  UINT64: DataType.TYPE_UINT64,
  INT8: DataType.TYPE_INT8,
  INT16: DataType.TYPE_INT16,
  INT32: DataType.TYPE_INT32,
  INT64: DataType.TYPE_INT64,
  FP16: DataType.TYPE_FP16,
  FP32: DataType.TYPE_FP32,
  FP64: DataType.TYPE_FP64,
  BYTES: DataType.TYPE_STRING,
};
