import {
  create,
  createRegistry,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { anyPack, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonWriter } from "./json-writer.ts";

const services = servicesOf(Object.keys(SERVICES) as ServiceName[]);
const registry = createRegistry(...services.map((it) => it.file), TimestampSchema);
const writer = jsonWriter(registry);

const outputs = [...new Set(services.flatMap((it) => it.methods.map(({ output }) => output)))];

/** A value of a kind, by numbers that are taken from `draw`. */
type Draw = (below: number) => number;
const BIG = [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const REALS = [0, -0, 1.5, -1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const TEXTS = ["", "a", 'quote " and \\', "line\nbreak \u2028", "ü\u{1f600}", "__proto__"];

function scalarOf(type: ScalarType, draw: Draw): unknown {
  switch (type) {
    case ScalarType.STRING:
      return TEXTS[draw(TEXTS.length)];
    case ScalarType.BYTES:
      return Uint8Array.from({ length: draw(5) }, () => draw(256));
    case ScalarType.BOOL:
      return draw(2) === 1;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return REALS[draw(REALS.length)];
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return BIG[draw(BIG.length)];
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return BIG[draw(2)];
    default:
      return draw(1_000);
  }
}

function messageOf(schema: DescMessage, draw: Draw, depth: number): Message {
  const { typeName } = schema;
  if (typeName === "google.protobuf.Timestamp") {
    const nanos = [0, 1, 1_000, 120_000_000, 999_999_999][draw(5)];
    return create(TimestampSchema, {
      seconds: BigInt(draw(2 ** 31)) - 62_135_596_800n * BigInt(draw(2)),
      nanos: nanos ?? 0,
    });
  }
  if (typeName === "google.protobuf.Any") return anyPack(TimestampSchema, create(TimestampSchema, { seconds: 1n }));
  if (typeName === "google.protobuf.Struct") return { a: [1, "b", null] } as unknown as Message;
  const message = create(schema) as unknown as Record<string, unknown>;
  if (typeName.startsWith("google.protobuf.")) return message as unknown as Message;
  for (const field of schema.fields) {
    if (draw(3) === 0) continue;
    const value = fieldValueOf(field, draw, depth);
    if (value === undefined) continue;
    if (field.oneof) message[field.oneof.localName] = { case: field.localName, value };
    else message[field.localName] = value;
  }
  return message as unknown as Message;
}

function fieldValueOf(field: DescField, draw: Draw, depth: number): unknown {
  const item = (): unknown => {
    if (field.message) return depth > 3 ? undefined : messageOf(field.message, draw, depth + 1);
    if (field.enum) return field.enum.values[draw(field.enum.values.length)]?.number;
    return scalarOf(field.scalar as ScalarType, draw);
  };
  if (field.fieldKind === "list") return Array.from({ length: draw(3) }, item).filter((it) => it !== undefined);
  if (field.fieldKind !== "map") return item();
  const entries = Array.from({ length: draw(3) }, (_, i) => [TEXTS[1 + i], item()]).filter(
    ([, it]) => it !== undefined,
  );
  return Object.fromEntries(entries);
}

describe("the JSON of answers", () => {
  test("is what the library writes, for every method of every contract", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 20, maxLength: 60 }), (numbers) => {
        let next = 0;
        const draw: Draw = (below) => (numbers[next++ % numbers.length] ?? 0) % below;
        for (const schema of outputs) {
          const message = messageOf(schema, draw, 0);
          const expected = JSON.stringify(toJson(schema, message, { registry, alwaysEmitImplicit: true }));
          expect(JSON.parse(writer.write(schema, message))).toEqual(JSON.parse(expected));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("has every field that is not optional, and refuses times that JSON cannot say", () => {
    for (const schema of outputs) {
      const message = create(schema);
      expect(writer.write(schema, message)).toBe(JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true })));
    }
    const outside = create(TimestampSchema, { seconds: 2n ** 60n });
    expect(() => writer.write(TimestampSchema, outside)).toThrow();
  });
});
