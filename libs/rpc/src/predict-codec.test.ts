import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  PredictRequestSchema,
  PredictResponseSchema,
} from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePredict, encodePredict } from "./predict-codec.ts";
import { valueToProto } from "./value.ts";

const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 300n }));
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 20 }));
const readable = fc.oneof(int64, fc.double(), fc.string({ maxLength: 20 }), fc.constant(null));
const any: fc.Arbitrary<FeatureValue> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(readable, text) },
  fc.boolean(),
  fc.uint8Array({ maxLength: 8 }),
  int64.map((ns) => ({ ns })),
);
const seconds = fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n });
const request = fc.record(
  {
    deployment: text,
    requestId: text,
    priority: fc.integer({ min: 0, max: 3 }),
    entity: fc.dictionary(text, any.map(valueToProto), { maxKeys: 4 }),
    asOf: fc.record({ seconds, nanos: fc.integer({ min: 0, max: 999_999_999 }) }),
  },
  { requiredKeys: ["deployment"] },
) as fc.Arbitrary<MessageInitShape<typeof PredictRequestSchema>>;

const written = (init: MessageInitShape<typeof PredictRequestSchema>): Buffer =>
  Buffer.from(toBinary(PredictRequestSchema, create(PredictRequestSchema, init)));

/** What a message says, without the prototypes of its parts. */
const plain = (message: unknown): unknown => structuredClone(message);

describe("a request to predict that is read by hand", () => {
  test("is the message that the library reads", () => {
    fc.assert(
      fc.property(request, (init) => {
        const bytes = written(init);
        const read = decodePredict(bytes);
        if (read) expect(plain(read)).toEqual(plain(fromBinary(PredictRequestSchema, bytes)));
      }),
    );
  });

  test("is read, if it is as of now and its values are numbers and texts", () => {
    const entity = fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), readable.map(valueToProto), { maxKeys: 4 });
    fc.assert(
      fc.property(entity, fc.string({ maxLength: 128 }), (values, requestId) => {
        const bytes = written({ deployment: "projects/p/deployments/d", entity: values, requestId, priority: 2 });
        expect(plain(decodePredict(bytes))).toEqual(plain(fromBinary(PredictRequestSchema, bytes)));
      }),
    );
  });

  test("is left to the library where it is damaged", () => {
    const bytes = written({ deployment: "projects/p/deployments/d", entity: { id: valueToProto(7n) } });
    for (let length = 1; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const read = decodePredict(cut);
      if (read) expect(plain(read)).toEqual(plain(fromBinary(PredictRequestSchema, cut)));
    }
  });
});

const response = fc.record(
  {
    prediction: text,
    release: text,
    releaseDigest: text,
    rowDigest: text,
    score: fc.double(),
    decisions: fc.dictionary(text, fc.boolean(), { maxKeys: 3 }),
    viewVersions: fc.dictionary(text, int64, { maxKeys: 3 }),
    modelVersions: fc.dictionary(text, text, { maxKeys: 3 }),
    absentFeatures: fc.dictionary(text, fc.integer({ min: 0, max: 3 }), { maxKeys: 3 }),
    path: fc.array(text, { maxLength: 3 }),
    logPosition: fc.record({ segment: text, offset: int64 }),
    status: fc.integer({ min: 0, max: 2 }),
    notSampled: fc.boolean(),
    releasePropensity: fc.double(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<MessageInitShape<typeof PredictResponseSchema>>;

describe("an answer that is written by hand", () => {
  test("has the bytes that the library writes, in the same order", () => {
    fc.assert(
      fc.property(response, (init) => {
        const message = create(PredictResponseSchema, init);
        expect(encodePredict(message)).toEqual(Buffer.from(toBinary(PredictResponseSchema, message)));
      }),
    );
  });

  test("is left to the library where a graph or an interval adds to it", () => {
    const more: MessageInitShape<typeof PredictResponseSchema>[] = [
      { scores: [1, 2] },
      { choices: [{ node: "a" }] },
      { absentNodes: [{ node: "a" }] },
      { gateVerdicts: [{ node: "a" }] },
      { nodeFeatures: [{ node: "a" }] },
      { interval: { low: 1 } },
      { labelSet: ["a"] },
      { calibrationGroup: "a" },
    ];
    for (const init of more) expect(encodePredict(create(PredictResponseSchema, init))).toBeUndefined();
  });
});
