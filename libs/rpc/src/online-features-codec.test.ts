import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GetOnlineFeaturesResponseSchema } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeOnlineFeatures } from "./online-features-codec.ts";
import { valueToProto } from "./value.ts";

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 127n, 128n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const scalar: fc.Arbitrary<FeatureValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  int64,
  fc.double(),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
  int64.map((ns) => ({ ns })),
);
const time = fc.record({ seconds: int64, nanos: fc.integer({ min: 0, max: 999_999_999 }) });
const feature = (value: fc.Arbitrary<FeatureValue>) =>
  fc.record(
    { value: value.map(valueToProto), status: fc.integer({ min: 0, max: 3 }), eventTime: time, knowledgeTime: time },
    { requiredKeys: ["status"] },
  );
const response = (value: fc.Arbitrary<FeatureValue>) =>
  fc.record({
    features: fc.array(fc.string(), { maxLength: 4 }),
    vectors: fc.array(
      fc.record({ values: fc.array(feature(value), { maxLength: 8 }), rowDigest: fc.string({ maxLength: 200 }) }),
      { maxLength: 8 },
    ),
    version: int64,
    digest: fc.string(),
  }) as fc.Arbitrary<MessageInitShape<typeof GetOnlineFeaturesResponseSchema>>;

test("a response is written by hand as the library writes it, byte by byte", () => {
  fc.assert(
    fc.property(response(scalar), (init) => {
      const message = create(GetOnlineFeaturesResponseSchema, init);
      const expected = Buffer.from(toBinary(GetOnlineFeaturesResponseSchema, message));
      expect(encodeOnlineFeatures(message)?.toString("hex")).toBe(expected.toString("hex"));
    }),
  );
});

test("what is not known here is left to the library", () => {
  const list = create(GetOnlineFeaturesResponseSchema, {
    vectors: [{ values: [{ value: valueToProto([1, 2]) }] }],
  });
  expect(encodeOnlineFeatures(list)).toBeUndefined();
  for (const details of [{ age: { seconds: 1n, nanos: 0 } }, { viewVersion: 0n }]) {
    const detailed = create(GetOnlineFeaturesResponseSchema, { vectors: [{ values: [details] }] });
    expect(encodeOnlineFeatures(detailed)).toBeUndefined();
  }
  const later = Buffer.concat([toBinary(GetOnlineFeaturesResponseSchema, list), Buffer.of(0x78, 1)]);
  expect(encodeOnlineFeatures(fromBinary(GetOnlineFeaturesResponseSchema, later))).toBeUndefined();
});
