/**
 * The messages that are coded by hand, beside @bufbuild/protobuf with the same messages: microseconds for each.
 *
 * The best of some rounds is printed, which other work on the machine moves least. No arguments.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema, ModelInferResponseSchema } from "@throughline/contracts/inference/open_inference_pb";
import { GetOnlineFeaturesResponseSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FeatureStatus } from "@throughline/contracts/throughline/features/v1/online_pb";
import { decodeInferRequest } from "../src/infer-request-codec.ts";
import { encodeInferResponse } from "../src/infer-response-codec.ts";
import { encodeOnlineFeatures } from "../src/online-features-response-codec.ts";
import { fromNs } from "../src/time.ts";
import { valueToProto } from "../src/value.ts";

const ROUNDS = 7;
const ROUND_MS = 100;

/** Microseconds of one run of the work. */
function microseconds(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let runs = 0;
    while (performance.now() - startedAt < ROUND_MS) {
      for (let i = 0; i < 100; i++) work();
      runs += 100;
    }
    best = Math.min(best, ((performance.now() - startedAt) * 1_000) / runs);
  }
  return Number(best.toPrecision(3));
}

const text = (value: string) => ({ parameterChoice: { case: "stringParam" as const, value } });

const request = (columns: number, rows: number): Buffer =>
  Buffer.from(
    toBinary(
      ModelInferRequestSchema,
      create(ModelInferRequestSchema, {
        modelName: "tiny",
        inputs: [{ name: "input", datatype: "FP32", shape: [BigInt(rows), BigInt(columns)] }],
        rawInputContents: [new Uint8Array(4 * columns * rows)],
      }),
    ),
  );

const response = create(ModelInferResponseSchema, {
  modelName: "tiny",
  modelVersion: "0123456789abcdef",
  parameters: {
    release: text("projects/default/releases/0123456789abcdef"),
    release_digest: text(`sha256:${"a".repeat(64)}`),
    prediction: text("projects/default/deployments/tiny/predictions/01kb0000000000000000000000-abc-12345678"),
  },
  outputs: [
    { name: "label", datatype: "INT64", shape: [1n] },
    { name: "probabilities", datatype: "FP32", shape: [1n, 2n] },
  ],
  rawOutputContents: [new Uint8Array(8), new Uint8Array(8)],
});

const vector = (seed: number) => ({
  rowDigest: `sha256:${"b".repeat(64)}`,
  values: Array.from({ length: 10 }, (_, i) => ({
    value: valueToProto(seed + i / 7),
    status: FeatureStatus.PRESENT,
    eventTime: fromNs(1_760_000_000_123_456_789n),
    knowledgeTime: fromNs(1_760_000_060_123_456_789n),
  })),
});
const features = (rows: number) =>
  create(GetOnlineFeaturesResponseSchema, {
    features: Array.from({ length: 10 }, (_, i) => `view:feature_${i}`),
    vectors: Array.from({ length: rows }, (_, i) => vector(i)),
    version: 3n,
    digest: `sha256:${"c".repeat(64)}`,
  });

const [small, large] = [request(30, 1), request(784, 32)];
const [one, hundred] = [features(1), features(100)];
const rows = [
  ["ModelInfer of 30 floats, read", () => fromBinary(ModelInferRequestSchema, small), () => decodeInferRequest(small)],
  ["ModelInfer of 32 x 784, read", () => fromBinary(ModelInferRequestSchema, large), () => decodeInferRequest(large)],
  [
    "ModelInfer, answer written",
    () => toBinary(ModelInferResponseSchema, response),
    () => encodeInferResponse(response),
  ],
  [
    "1 row of 10 features, written",
    () => toBinary(GetOnlineFeaturesResponseSchema, one),
    () => encodeOnlineFeatures(one),
  ],
  [
    "100 rows of 10 features, written",
    () => toBinary(GetOnlineFeaturesResponseSchema, hundred),
    () => encodeOnlineFeatures(hundred),
  ],
] as const;
console.table(
  rows.map(([what, library, byHand]) => ({ what, library: microseconds(library), "by hand": microseconds(byHand) })),
);
