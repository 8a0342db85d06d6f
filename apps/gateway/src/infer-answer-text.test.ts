import { create } from "@bufbuild/protobuf";
import {
  InferParameterSchema,
  type ModelInferResponse,
  ModelInferResponse_InferOutputTensorSchema,
  ModelInferResponseSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inferAnswerText } from "./infer-answer-text.ts";
import { inferResponse } from "./open-inference-response.ts";

const generic = (answered: ModelInferResponse): string => JSON.stringify(inferResponse(answered, () => false).json);

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", '"', "\\", "\u2028", "projects/p"),
);
const names = texts.filter((it) => it !== "__proto__" && it.isWellFormed());

/** Of 64 bits, many of them where JSON's numbers end to be exact. */
const wholes = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -3n, max: 3n }).chain((it) => fc.constantFrom(it, it + 2n ** 53n, it - 2n ** 53n, it + 2n ** 32n)),
);

const outputs = fc.oneof(
  fc.array(fc.float(), { maxLength: 8 }).map((all) => ({ datatype: "FP32", raw: Float32Array.from(all) })),
  fc.array(wholes, { maxLength: 4 }).map((all) => ({
    datatype: "INT64",
    raw: BigInt64Array.from(all),
  })),
  fc.array(fc.double(), { maxLength: 4 }).map((all) => ({ datatype: "FP64", raw: Float64Array.from(all) })),
);

test("is what JSON.stringify makes of the answer, to the character", () => {
  const answers = fc.record({
    modelName: names,
    modelVersion: names,
    id: names,
    parameters: fc.dictionary(names, names, { maxKeys: 5, noNullPrototype: true }),
    outputs: fc.array(fc.tuple(names, outputs), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(answers, ({ parameters, outputs: all, ...rest }) => {
      const answered = create(ModelInferResponseSchema, {
        ...rest,
        parameters: Object.fromEntries(
          Object.entries(parameters).map(([key, value]) => [
            key,
            create(InferParameterSchema, { parameterChoice: { case: "stringParam", value } }),
          ]),
        ),
        outputs: all.map(([name, { datatype, raw }]) =>
          create(ModelInferResponse_InferOutputTensorSchema, { name, datatype, shape: [BigInt(raw.length)] }),
        ),
        rawOutputContents: all.map(([, { raw }]) => new Uint8Array(raw.buffer)),
      });
      expect(inferAnswerText(answered)).toBe(generic(answered));
    }),
  );
});

test("answers of one release after each other, which share most of their parameters, are each written with their own", () => {
  const parameter = (value: string) =>
    create(InferParameterSchema, { parameterChoice: { case: "stringParam", value } });
  const release = parameter('r"1');
  const shared = fc.record({ release: fc.constant(release), path: fc.constantFrom(parameter("p"), parameter("q")) });
  const answers = fc.record({
    modelName: fc.constantFrom("a", "b"),
    modelVersion: fc.constantFrom("1", "2"),
    id: fc.constantFrom("", "x"),
    parameters: fc.tuple(shared, fc.dictionary(fc.constantFrom("prediction", "other"), names.map(parameter))),
  });
  fc.assert(
    fc.property(fc.array(answers, { maxLength: 12 }), (all) => {
      for (const { parameters, ...rest } of all) {
        const [of, own] = parameters;
        const answered = create(ModelInferResponseSchema, { ...rest, parameters: { ...of, ...own } });
        expect(inferAnswerText(answered)).toBe(generic(answered));
      }
    }),
  );
});

test("leaves parameters that are no texts to the generic way", () => {
  const parameters = { not_sampled: { parameterChoice: { case: "boolParam", value: true } } } as const;
  expect(inferAnswerText(create(ModelInferResponseSchema, { parameters }))).toBeUndefined();
});
