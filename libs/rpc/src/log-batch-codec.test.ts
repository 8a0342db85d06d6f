import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  LogBatchRequestSchema,
  LogBatchResponseSchema,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLogBatch, encodeLogBatch } from "./log-batch-codec.ts";

const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 300n }));
const ascii = fc.string({ maxLength: 20 });
const text = fc.oneof(ascii, fc.string({ unit: "grapheme", maxLength: 20 }));
const time = fc.record({ seconds: int64, nanos: fc.integer({ min: -2, max: 1_000_000_001 }) });
const metric = (key: fc.Arbitrary<string>, rest: fc.Arbitrary<object>) =>
  fc
    .tuple(fc.record({ key, value: fc.double(), step: int64, time: fc.option(time, { nil: undefined }) }), rest)
    .map(([{ time: of, ...it }, more]) => ({ ...it, ...(of && { time: of }), ...more }));

type Init = MessageInitShape<typeof LogBatchRequestSchema>;
const written = (init: Init): Buffer =>
  Buffer.from(toBinary(LogBatchRequestSchema, create(LogBatchRequestSchema, init)));

/** What a message says, without the prototypes of its parts. */
const plain = (message: unknown): unknown => structuredClone(message);

const more = fc.record({ loggedModel: text, datasetName: text }, { requiredKeys: [] });
const request = fc.record(
  {
    run: text,
    metrics: fc.array(metric(text, more), { maxLength: 4 }),
    params: fc.dictionary(text, text, { maxKeys: 2 }),
    requestId: text,
  },
  { requiredKeys: ["run"] },
) as fc.Arbitrary<Init>;

describe("a batch that is read by hand", () => {
  test("is the message that the library reads", () => {
    fc.assert(
      fc.property(request, (init) => {
        const bytes = written(init);
        const read = decodeLogBatch(bytes);
        if (read) expect(plain(read)).toEqual(plain(fromBinary(LogBatchRequestSchema, bytes)));
      }),
    );
  });

  test("is read, if it has metrics alone", () => {
    const plainMetric = metric(
      ascii,
      fc.constant({ time: { seconds: 1_700_000_000n, nanos: 5 } }),
    ) as fc.Arbitrary<object>;
    fc.assert(
      fc.property(fc.array(plainMetric, { maxLength: 4 }), ascii, (metrics, requestId) => {
        const bytes = written({ run: "projects/p/runs/r", metrics, requestId } as Init);
        expect(plain(decodeLogBatch(bytes))).toEqual(plain(fromBinary(LogBatchRequestSchema, bytes)));
      }),
    );
  });

  test("is left to the library where it is damaged, or says a time twice", () => {
    const bytes = written({
      run: "projects/p/runs/r",
      metrics: [{ key: "loss", value: 0.25, step: -7n, time: { seconds: 1n, nanos: 2 } }],
      requestId: "once",
    });
    for (let length = 1; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const read = decodeLogBatch(cut);
      if (read) expect(plain(read)).toEqual(plain(fromBinary(LogBatchRequestSchema, cut)));
    }
    const twice = Buffer.from([0x12, 8, 0x22, 2, 0x08, 1, 0x22, 2, 0x10, 2]);
    expect(fromBinary(LogBatchRequestSchema, twice).metrics[0]?.time).toMatchObject({ seconds: 1n, nanos: 2 });
    expect(decodeLogBatch(twice)).toBeUndefined();
  });
});

test("its answer is written as the library writes it", () => {
  const answer = create(LogBatchResponseSchema);
  expect(encodeLogBatch(answer)).toEqual(toBinary(LogBatchResponseSchema, answer));
  const unknown = fromBinary(LogBatchResponseSchema, Uint8Array.of(0x50, 1));
  expect(encodeLogBatch(unknown)).toBeUndefined();
});
