import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  GetOnlineFeaturesRequestSchema,
  GetOnlineFeaturesResponseSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeOnlineFeatures } from "./online-features-request-codec.ts";
import { encodeOnlineFeatures } from "./online-features-response-codec.ts";
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
/** Features often share the very messages of their times. */
const sharedTimes = [0n, 1_700_000_000n].map((seconds) => create(TimestampSchema, { seconds, nanos: 5 }));
const anyTime = fc.oneof(time, fc.constantFrom(...sharedTimes));
const feature = (value: fc.Arbitrary<FeatureValue>) =>
  fc.record(
    {
      value: value.map(valueToProto),
      status: fc.integer({ min: 0, max: 3 }),
      eventTime: anyTime,
      knowledgeTime: anyTime,
    },
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

test("the ends of features are their own, whatever the feature before them had", () => {
  const times = [undefined, ...sharedTimes];
  const values = [1, 2, 1].flatMap((status) =>
    times.flatMap((eventTime) =>
      times.flatMap((knowledgeTime) => {
        const init = { status, ...(eventTime && { eventTime }), ...(knowledgeTime && { knowledgeTime }) };
        return [init, init];
      }),
    ),
  );
  const message = create(GetOnlineFeaturesResponseSchema, { vectors: [{ values }, { values: values.toReversed() }] });
  expect(encodeOnlineFeatures(message)).toEqual(Buffer.from(toBinary(GetOnlineFeaturesResponseSchema, message)));
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

const named = (of: fc.Arbitrary<FeatureValue>) => fc.dictionary(fc.string({ maxLength: 9 }), of.map(valueToProto));
const request = fc.record(
  {
    featureService: fc.string({ unit: "grapheme", maxLength: 20 }),
    version: int64,
    withDetails: fc.boolean(),
    rows: fc.array(fc.record({ values: named(scalar) }), { maxLength: 5 }),
    asOf: time,
  },
  { requiredKeys: ["rows"] },
) as fc.Arbitrary<MessageInitShape<typeof GetOnlineFeaturesRequestSchema>>;

const requestBytes = (init: MessageInitShape<typeof GetOnlineFeaturesRequestSchema>): Buffer =>
  Buffer.from(toBinary(GetOnlineFeaturesRequestSchema, create(GetOnlineFeaturesRequestSchema, init)));

/** What the library reads, or undefined for what it does not, without the prototypes of its parts. */
function readByLibrary(bytes: Buffer): unknown {
  try {
    return structuredClone(fromBinary(GetOnlineFeaturesRequestSchema, bytes));
  } catch {
    return undefined;
  }
}

test("a request that is read by hand is the message that the library reads, wherever its bytes end", () => {
  fc.assert(
    fc.property(request, fc.nat(), (init, at) => {
      const whole = requestBytes(init);
      for (const bytes of [whole, whole.subarray(0, at % (whole.length + 1))]) {
        const read = decodeOnlineFeatures(bytes);
        if (read) expect(structuredClone(read)).toEqual(readByLibrary(bytes));
      }
    }),
  );
});

test("a request whose values are numbers and texts is read by hand", () => {
  const value = fc.oneof(fc.constant(null), int64, fc.double(), fc.string({ maxLength: 40 }));
  const rows = fc.array(
    fc.record({ values: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), value.map(valueToProto)) }),
  );
  fc.assert(
    fc.property(rows, fc.boolean(), fc.option(time, { nil: undefined }), (given, withDetails, asOf) => {
      const bytes = requestBytes({
        ...(asOf && { asOf }),
        featureService: "projects/p/featureServices/s",
        version: 3n,
        rows: given,
        withDetails,
      });
      expect(structuredClone(decodeOnlineFeatures(bytes))).toEqual(readByLibrary(bytes));
    }),
  );
});
