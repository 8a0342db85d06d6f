import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ModelStatisticsSchema } from "@throughline/contracts/inference/open_inference_pb";
import type { ModelStatistics, TimeTotal } from "../domain/model-statistics.ts";

/** What a version of a model has answered, in the protocol's words. */
export function statisticsToProto(
  model: { readonly name: string; readonly version: string },
  statistics: ModelStatistics,
): MessageInitShape<typeof ModelStatisticsSchema> {
  return {
    ...model,
    lastInference: BigInt(statistics.lastMs),
    inferenceCount: BigInt(statistics.rows),
    executionCount: BigInt(statistics.executions),
    inferenceStats: {
      success: duration(statistics.success),
      fail: duration(statistics.fail),
      queue: duration(statistics.queue),
      computeInput: duration(statistics.input),
      computeInfer: duration(statistics.infer),
      computeOutput: duration(statistics.output),
      cacheHit: duration(statistics.cacheHit),
      cacheMiss: duration(statistics.cacheMiss),
    },
    batchStats: statistics.batches.map((it) => ({
      batchSize: BigInt(it.rows),
      computeInput: duration(it.input),
      computeInfer: duration(it.infer),
      computeOutput: duration(it.output),
    })),
  };
}

const duration = ({ count, ns }: TimeTotal) => ({ count: BigInt(count), ns: BigInt(Math.round(ns)) });
