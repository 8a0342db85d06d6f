import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type ModelConfig, ModelConfigSchema } from "@throughline/contracts/inference/model_config_pb";
import type {
  ModelMetadataResponse,
  ModelStatistics,
  RepositoryIndexResponse,
  StatisticDuration,
} from "@throughline/contracts/inference/open_inference_pb";
import { wholeJson } from "./open-inference-response.ts";

/** The protocol's JSON of what a model takes and gives. The mapping of protobuf writes sizes as texts, the protocol as numbers. */
export function metadataJson({ name, versions, platform, inputs, outputs }: ModelMetadataResponse) {
  const tensors = (of: typeof inputs) =>
    of.map(({ name: tensor, datatype, shape }) => ({ name: tensor, datatype, shape: shape.map(Number) }));
  return { name, versions, platform, inputs: tensors(inputs), outputs: tensors(outputs) };
}

/** Triton's JSON of how a model is run. */
export function configJson(config: ModelConfig) {
  const options = { alwaysEmitImplicit: true, useProtoFieldName: true };
  const json = toJson(ModelConfigSchema, config, options) as Record<string, JsonValue>;
  const tensors = (field: "input" | "output") =>
    (json[field] as Record<string, JsonValue>[]).map((it, i) => ({ ...it, dims: config[field][i]?.dims.map(Number) }));
  return { ...json, input: tensors("input"), output: tensors("output") };
}

const durationJson = (of: StatisticDuration | undefined) => ({
  count: wholeJson(of?.count ?? 0n),
  ns: wholeJson(of?.ns ?? 0n),
});

/** Triton's JSON of what models have answered. */
export function statisticsJson(models: readonly ModelStatistics[]) {
  return {
    model_stats: models.map((it) => ({
      name: it.name,
      version: it.version,
      last_inference: wholeJson(it.lastInference),
      inference_count: wholeJson(it.inferenceCount),
      execution_count: wholeJson(it.executionCount),
      inference_stats: {
        success: durationJson(it.inferenceStats?.success),
        fail: durationJson(it.inferenceStats?.fail),
        queue: durationJson(it.inferenceStats?.queue),
        compute_input: durationJson(it.inferenceStats?.computeInput),
        compute_infer: durationJson(it.inferenceStats?.computeInfer),
        compute_output: durationJson(it.inferenceStats?.computeOutput),
        cache_hit: durationJson(it.inferenceStats?.cacheHit),
        cache_miss: durationJson(it.inferenceStats?.cacheMiss),
      },
      batch_stats: it.batchStats.map((batch) => ({
        batch_size: wholeJson(batch.batchSize),
        compute_input: durationJson(batch.computeInput),
        compute_infer: durationJson(batch.computeInfer),
        compute_output: durationJson(batch.computeOutput),
      })),
      memory_usage: it.memoryUsage.map((memory) => ({
        type: memory.type,
        id: wholeJson(memory.id),
        byte_size: wholeJson(memory.byteSize),
      })),
    })),
  };
}

/** Triton's JSON of what there is: a list. */
export const indexJson = ({ models }: RepositoryIndexResponse) =>
  models.map(({ name, version, state, reason }) => ({ name, version, state, reason }));
