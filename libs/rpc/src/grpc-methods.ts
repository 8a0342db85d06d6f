import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { GRPCInferenceService, type ModelInferResponse } from "@throughline/contracts/inference/open_inference_pb";
import {
  FeatureStoreService,
  type GetOnlineFeaturesResponse,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  OnlineService,
  type ReadColumnsResponse,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import {
  InferenceService,
  type PredictResponse,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import {
  type LogBatchResponse,
  TrackingService,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { LIMITS } from "@throughline/kernel";
import type { GrpcContext } from "./grpc-context.ts";
import { decodeInferRequest } from "./infer-request-codec.ts";
import { encodeInferResponse } from "./infer-response-codec.ts";
import { isGated } from "./load-gate.ts";
import { decodeLogBatch, encodeLogBatch } from "./log-batch-codec.ts";
import type { Mount } from "./mount.ts";
import { decodeOnlineFeatures } from "./online-features-request-codec.ts";
import { encodeOnlineFeatures } from "./online-features-response-codec.ts";
import { decodePredict, encodePredict } from "./predict-codec.ts";
import { decodeReadColumns } from "./read-columns-request-codec.ts";
import { encodeReadColumns } from "./read-columns-response-codec.ts";
import { writtenBy } from "./self-written.ts";

/** A method as it is served over gRPC. */
export interface ServedMethod {
  readonly method: DescMethod;
  readonly handler: (input: unknown, context: GrpcContext) => unknown;
  /** Largest message that is read. */
  readonly bytesMax: number;
  /** True if calls are refused at the door while the process is overloaded. */
  readonly isGated: boolean;
  readonly decode: (bytes: Buffer) => Message;
  readonly encode: (response: unknown) => Uint8Array;
}

/** The methods of mounts by their paths. */
export function servedMethods(mounts: readonly Mount[]): ReadonlyMap<string, ServedMethod> {
  const methods = new Map<string, ServedMethod>();
  for (const { service, implementation } of mounts) {
    for (const method of service.methods) {
      const handler = implementation[method.localName] as unknown as ServedMethod["handler"] | undefined;
      if (!handler) continue;
      methods.set(`/${service.typeName}/${method.name}`, {
        method,
        handler: handler.bind(implementation),
        bytesMax: bytesMaxOf(method),
        isGated: isGated(method),
        ...codecOf(method),
      });
    }
  }
  return methods;
}

type Codec = Pick<ServedMethod, "decode" | "encode">;

/** Codecs by hand of the most frequent calls, in the usual forms of their messages; undefined leaves one to the library. */
interface QuickCodec {
  readonly decode?: (bytes: Buffer) => Message | undefined;
  readonly encode: (response: Message) => Uint8Array | undefined;
}

/** They take between a tenth and a half of what the library does (bench/codecs.ts). */
const QUICK = new Map<DescMethod, QuickCodec>([
  [
    GRPCInferenceService.method.modelInfer,
    { decode: decodeInferRequest, encode: (it) => encodeInferResponse(it as ModelInferResponse) },
  ],
  [TrackingService.method.logBatch, { decode: decodeLogBatch, encode: (it) => encodeLogBatch(it as LogBatchResponse) }],
  [InferenceService.method.predict, { decode: decodePredict, encode: (it) => encodePredict(it as PredictResponse) }],
  [
    FeatureStoreService.method.getOnlineFeatures,
    { decode: decodeOnlineFeatures, encode: (it) => encodeOnlineFeatures(it as GetOnlineFeaturesResponse) },
  ],
  [
    OnlineService.method.readColumns,
    { decode: decodeReadColumns, encode: (it) => encodeReadColumns(it as ReadColumnsResponse) },
  ],
]);

function codecOf(method: DescMethod): Codec {
  const { input, output } = method;
  const quick = QUICK.get(method);
  return {
    decode: (bytes) => quick?.decode?.(bytes) ?? fromBinary(input, bytes),
    encode(response) {
      const message = create(output, response as Message);
      return writtenBy(message) ?? quick?.encode(message) ?? toBinary(output, message);
    },
  };
}

/** Inference may bring large tensors; every other contract keeps to the usual limit. */
const bytesMaxOf = (method: DescMethod): number =>
  method.parent.typeName.startsWith("inference.") ? LIMITS.inferenceMessageBytesMax : LIMITS.messageBytesMax;
