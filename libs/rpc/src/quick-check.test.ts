import {
  create,
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  isMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import {
  type FieldRules,
  FieldRulesSchema,
  field as fieldRules,
} from "@throughline/contracts/buf/validate/validate_pb";
import { LogBatchRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quickCheck } from "./quick-check.ts";

const validator = createValidator({ regexMatch: (pattern, against) => new RegExp(pattern, "u").test(against) });
const isValid = (schema: DescMessage, message: Message): boolean => {
  const result = validator.validate(schema, message);
  if (result.kind === "error") throw result.error;
  return result.kind === "valid";
};

/** The requests of all contracts, each once. */
const REQUESTS = [
  ...new Map(
    servicesOf(Object.keys(SERVICES) as ServiceName[])
      .flatMap((it) => it.methods.map(({ input }) => input))
      .map((it) => [it.typeName, it] as const),
  ).values(),
];

const DEPTH_MAX = 4;
const SIZES_TRIED_MAX = 130;

/** Messages of a kind, whose values are near the bounds of their rules, on both sides. */
const messages = (schema: DescMessage, depth = 0): fc.Arbitrary<Message> => {
  const oneofs = schema.oneofs.map((oneof) =>
    fc
      .oneof(
        fc.constant({ case: undefined, value: undefined }),
        ...oneof.fields.map((it) => valuesOf(it, depth).map((value) => ({ case: it.localName, value }))),
      )
      .map((it) => (it.value === undefined ? [] : [[oneof.localName, it] as const])),
  );
  const fields = schema.fields
    .filter((it) => it.oneof === undefined)
    .map((it) => valuesOf(it, depth).map((value) => (value === undefined ? [] : [[it.localName, value] as const])));
  return fc
    .tuple(...fields, ...oneofs)
    .map((parts) => create(schema, Object.fromEntries(parts.flat() as [string, unknown][]) as never));
};

/** Undefined for a field that is left out. */
function valuesOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  const rules = hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
  if (field.fieldKind === "list") {
    const own = rules?.type.case === "repeated" ? rules.type.value : undefined;
    const item = singles(field, own?.items, depth);
    return sizes(own?.minItems, own?.maxItems).chain((size) => filled(item, size));
  }
  if (field.fieldKind === "map") {
    const own = rules?.type.case === "map" ? rules.type.value : undefined;
    const keys = field.mapKey === ScalarType.STRING ? texts(own?.keys) : fc.integer({ min: 0, max: 9 }).map(String);
    return fc.dictionary(keys, singles(field, own?.values, depth), { maxKeys: 4 });
  }
  const single = singles(field, rules, depth);
  return field.fieldKind === "message" || field.oneof === undefined ? fc.option(single, { nil: undefined }) : single;
}

/** A long list of one value costs little to make. */
const filled = (item: fc.Arbitrary<unknown>, size: number): fc.Arbitrary<unknown> =>
  size <= 4 ? fc.array(item, { minLength: size, maxLength: size }) : item.map((it) => Array(size).fill(it));

const sizes = (least = 0n, most = 0n): fc.Arbitrary<number> =>
  fc
    .constantFrom(0, 1, 2, ...[least, most].flatMap((it) => [Number(it) - 1, Number(it), Number(it) + 1]))
    .filter((it) => it >= 0 && it < SIZES_TRIED_MAX);

function singles(field: DescField, rules: FieldRules | undefined, depth: number): fc.Arbitrary<unknown> {
  if (field.message) {
    if (depth >= DEPTH_MAX) return fc.constant(create(field.message));
    return messages(field.message, depth + 1).map((it) => unwrapped(field, it));
  }
  if (field.enum) return fc.constantFrom(...field.enum.values.map((it) => it.number), 77);
  switch (field.scalar) {
    case ScalarType.STRING:
      return texts(rules);
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.constantFrom(0, 1, 31, 32, 33).map((it) => new Uint8Array(it));
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return fc.constantFrom(0, -0, 0.5, 1, 1.5, -1, 100, Number.NaN, Infinity, -Infinity, ...bounds(rules));
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return fc.constantFrom(0, 1, 2, ...bounds(rules).filter(Number.isSafeInteger)).map((it) => BigInt(it));
    default:
      return fc.constantFrom(0, 1, 2, ...bounds(rules).map((it) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, it))));
  }
}

/** Wrappers stand in their fields as bare values, and a Struct as an object. */
function unwrapped({ fieldKind, message }: DescField, made: Message): unknown {
  if (fieldKind === "message" && message?.typeName === "google.protobuf.Struct") return {};
  const isWrapper = message !== undefined && /^google\.protobuf\.\w+Value$/.test(message.typeName);
  return fieldKind === "message" && isWrapper ? (made as unknown as { value: unknown }).value : made;
}

/** The numbers in the rules of a number, and their neighbours. */
function bounds(rules: FieldRules | undefined): readonly number[] {
  const { greaterThan, lessThan } = (rules?.type.value ?? {}) as Record<
    string,
    { value?: number | bigint } | undefined
  >;
  return [greaterThan?.value, lessThan?.value]
    .filter((it) => it !== undefined)
    .flatMap((it) => [Number(it) - 1, Number(it), Number(it) + 1]);
}

function texts(rules: FieldRules | undefined): fc.Arbitrary<string> {
  const own = rules?.type.case === "string" ? rules.type.value : undefined;
  const lengths = [own?.minLen, own?.maxLen, own?.minBytes, own?.maxBytes]
    .flatMap((it) => (it ? [Number(it) - 1, Number(it), Number(it) + 1] : []))
    .filter((it) => it >= 0 && it < 10_000);
  const sized = fc
    .tuple(fc.constantFrom(0, 1, ...lengths), fc.constantFrom("a", "é", "😀", "\ud800"))
    .map(([length, character]) => character.repeat(Math.ceil(length / character.length)).slice(0, length));
  const fitting = own?.pattern ? [fc.stringMatching(new RegExp(own.pattern), { size: "small" })] : [];
  return fc.oneof({ arbitrary: sized, weight: 1 }, ...fitting.map((arbitrary) => ({ arbitrary, weight: 20 })));
}

describe("quickCheck", () => {
  test.each(REQUESTS.map((it) => [it.typeName, it] as const))(
    "takes a %s only if the library does",
    (_name, schema) => {
      const check = quickCheck(schema);
      fc.assert(
        fc.property(messages(schema), (message) => {
          expect(isMessage(message, schema)).toBe(true);
          if (check(message)) expect(isValid(schema, message)).toBe(true);
        }),
        { numRuns: 20 },
      );
    },
  );

  test("takes what comes most often, and refuses it for one wrong value, as the library does", () => {
    const check = quickCheck(LogBatchRequestSchema);
    fc.assert(
      fc.property(messages(LogBatchRequestSchema), (message) => {
        expect(check(message)).toBe(isValid(LogBatchRequestSchema, message));
      }),
      { numRuns: 40 },
    );
    const metrics = Array.from({ length: 1_000 }, (_, i) => ({ key: `m${i}`, value: i, step: BigInt(i) }));
    const batch = create(LogBatchRequestSchema, { run: "projects/p/runs/r", metrics });
    expect(check(batch)).toBe(true);
    (batch.metrics[999] as { key: string }).key = "k".repeat(10_000);
    expect(check(batch)).toBe(false);
  });

  test("leaves a message with rules that it does not know to the library", () => {
    // The rules of rules are kept in another edition, where presence is another thing.
    expect(quickCheck(FieldRulesSchema)(create(FieldRulesSchema))).toBe(false);
  });
});
