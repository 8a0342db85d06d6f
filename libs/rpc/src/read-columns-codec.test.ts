import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ReadColumnsRequestSchema,
  ReadColumnsResponseSchema,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { FeatureValue } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReadColumns } from "./read-columns-request-codec.ts";
import { encodeReadColumns } from "./read-columns-response-codec.ts";
import { valueToProto } from "./value.ts";

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(0n, -1n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: "grapheme", maxLength: 20 }));
const readable = fc.oneof(int64, fc.double(), text, fc.constant(null));
const any: fc.Arbitrary<FeatureValue> = fc.oneof(
  { weight: 6, arbitrary: readable },
  fc.boolean(),
  fc.uint8Array({ maxLength: 8 }),
  int64.map((ns) => ({ ns })),
  fc.array(fc.double(), { maxLength: 3 }),
);
const values = (of: fc.Arbitrary<FeatureValue>) =>
  fc.array(of, { maxLength: 12 }).map((list) => ({ values: list.map(valueToProto) }));
const view = fc.record({
  view: text,
  version: int64,
  features: fc.array(text, { maxLength: 4 }),
  keyFields: fc.dictionary(text, text, { maxKeys: 2 }),
});
const request = fc.record(
  {
    parent: text,
    featureService: text,
    version: int64,
    views: fc.array(view, { maxLength: 3 }),
    fields: fc.dictionary(text, values(any), { maxKeys: 3 }),
    convertValues: fc.boolean(),
    asOf: fc.record({ seconds: int64, nanos: fc.integer({ min: 0, max: 999_999_999 }) }),
  },
  { requiredKeys: ["parent", "fields"] },
) as fc.Arbitrary<MessageInitShape<typeof ReadColumnsRequestSchema>>;

/** What a message says, without the prototypes of its parts. */
const plain = (message: unknown): unknown => structuredClone(message);

describe("a request that is read by hand", () => {
  test("is the message that the library reads", () => {
    fc.assert(
      fc.property(request, (init) => {
        const bytes = Buffer.from(toBinary(ReadColumnsRequestSchema, create(ReadColumnsRequestSchema, init)));
        const read = decodeReadColumns(bytes);
        if (read) expect(plain(read)).toEqual(plain(fromBinary(ReadColumnsRequestSchema, bytes)));
      }),
    );
  });

  test("is read, if its values are numbers and texts", () => {
    const ascii = fc.string({ maxLength: 100 });
    const numbers = fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), values(fc.oneof(int64, fc.double(), ascii)));
    fc.assert(
      fc.property(numbers, fc.array(view, { maxLength: 3 }), (fields, views) => {
        const init = { parent: "projects/p", version: 7n, views, fields, convertValues: true };
        const bytes = Buffer.from(toBinary(ReadColumnsRequestSchema, create(ReadColumnsRequestSchema, init)));
        expect(plain(decodeReadColumns(bytes))).toEqual(plain(fromBinary(ReadColumnsRequestSchema, bytes)));
      }),
    );
  });

  test("is a copy of what the caller sent", () => {
    const init = { parent: "projects/p", views: [{ view: "v" }], fields: { id: { values: [valueToProto("a")] } } };
    const bytes = Buffer.from(toBinary(ReadColumnsRequestSchema, create(ReadColumnsRequestSchema, init)));
    const expected = plain(decodeReadColumns(bytes));
    const read = decodeReadColumns(bytes);
    bytes.fill(0);
    expect(plain(read)).toEqual(expected);
  });

  test("is left to the library wherever its bytes end early or are others", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(request, fc.nat(), bytes, (init, at, other) => {
        const whole = Buffer.from(toBinary(ReadColumnsRequestSchema, create(ReadColumnsRequestSchema, init)));
        for (const changed of [whole.subarray(0, at % (whole.length + 1)), Buffer.from(other)]) {
          const read = tried(() => decodeReadColumns(changed));
          if (read) expect(plain(read)).toEqual(plain(fromBinary(ReadColumnsRequestSchema, changed)));
        }
      }),
    );
  });
});

/** Undefined for what fails: the library's own failures are let through. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Few values are written in another way than many. */
const fewOrMany = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof(fc.array(value), fc.array(value, { minLength: 15, maxLength: 18 }));

const column = fc.record({
  viewIndex: fc.integer({ min: -1, max: 300 }),
  name: fc.oneof(text, fc.string({ minLength: 38, maxLength: 42 })),
  type: fc.integer({ min: 0, max: 6 }),
  boolValues: fc.array(fc.boolean()),
  int64Values: fewOrMany(int64),
  float64Values: fewOrMany(fc.double()),
  stringValues: fc.array(text),
  bytesValues: fc.array(fc.uint8Array({ maxLength: 200 })),
  statuses: fewOrMany(fc.integer({ min: 0, max: 3 })),
  nullRows: fewOrMany(fc.nat({ max: 5_000 })),
});
const response = fc.record({
  columns: fc.array(column, { maxLength: 5 }),
  views: fc.array(fc.record({ view: text, version: int64, eventTimesNs: fewOrMany(int64) }), { maxLength: 3 }),
  version: int64,
  digest: text,
}) as fc.Arbitrary<MessageInitShape<typeof ReadColumnsResponseSchema>>;

describe("a response that is written by hand", () => {
  test("has the bytes that the library writes", () => {
    fc.assert(
      fc.property(response, (init) => {
        const message = create(ReadColumnsResponseSchema, init);
        const expected = Buffer.from(toBinary(ReadColumnsResponseSchema, message));
        expect(encodeReadColumns(message)?.toString("hex")).toBe(expected.toString("hex"));
      }),
    );
  });

  test("has the statuses of each column, whether or not the one before has the same list", () => {
    const ofView = (status: number): number[] => new Array(20).fill(status);
    const [first, second] = [ofView(1), ofView(2)];
    const columns = [first, first, second, first].map((statuses, i) => ({ name: `f${i}`, statuses }));
    const message = create(ReadColumnsResponseSchema, { columns });
    expect(encodeReadColumns(message)).toEqual(Buffer.from(toBinary(ReadColumnsResponseSchema, message)));
  });

  test("is left to the library if it has what is not known here", () => {
    const message = create(ReadColumnsResponseSchema, { columns: [{ name: "a" }] });
    const later = Buffer.concat([toBinary(ReadColumnsResponseSchema, message), Buffer.of(0x78, 1)]);
    expect(encodeReadColumns(fromBinary(ReadColumnsResponseSchema, later))).toBeUndefined();
    const negative = create(ReadColumnsResponseSchema, { columns: [{ statuses: [-1 as never] }] });
    expect(encodeReadColumns(negative)).toBeUndefined();
  });
});
