import { createRegistry, type DescMessage, type JsonValue, type MessageShape, toJson } from "@bufbuild/protobuf";
import { DurationSchema, StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { UploadArtifactRequestSchema } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { ModelVersionSchema } from "@throughline/contracts/throughline/registry/v1/model_pb";
import {
  CreateExperimentRequestSchema,
  GetMetricHistoryRequestSchema,
  ListRunsRequestSchema,
  LogBatchRequestSchema,
} from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { ValueSchema } from "@throughline/contracts/throughline/type/v1/value_pb";
import { DomainError } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageFromJson } from "./message-json.ts";

const registry = createRegistry();

const read = (schema: DescMessage, json: JsonValue) => messageFromJson(schema, json, registry);

/** A message as it was read, in JSON again. */
const readBack = <S extends DescMessage>(schema: S, json: JsonValue): JsonValue =>
  toJson(schema, read(schema, json) as MessageShape<S>);

function faults(schema: DescMessage, json: JsonValue): readonly string[] {
  try {
    read(schema, json);
  } catch (error) {
    if (error instanceof DomainError && error.reason === "INVALID_FIELD") return error.violations.map((it) => it.path);
    throw error;
  }
  return [];
}

describe("the path of what does not fit", () => {
  test("a name that no field has is told with those that there are", () => {
    const json = { experiment: { nme: "a" }, parant: "projects/p" };
    expect(() => read(CreateExperimentRequestSchema, json)).toThrow(
      /experiment\.nme: no such field: Experiment has name, display_name, .*parant: no such field: CreateExperimentRequest has parent, experiment, /,
    );
  });

  test.each<readonly [string, DescMessage, JsonValue, readonly string[]]>([
    ["a scalar", CreateExperimentRequestSchema, { parent: 1 }, ["parent"]],
    ["several at once", CreateExperimentRequestSchema, { parent: 1, request_id: [] }, ["parent", "request_id"]],
    [
      "a nested field by its JSON name",
      CreateExperimentRequestSchema,
      { experiment: { displayName: {} } },
      ["experiment.display_name"],
    ],
    [
      "an item of a list",
      LogBatchRequestSchema,
      { metrics: [{ key: "a" }, { key: 3 }, 7] },
      ["metrics[1].key", "metrics[2]"],
    ],
    ["a null in a list", LogBatchRequestSchema, { metrics: [null] }, ["metrics[0]"]],
    ["a list that is none", LogBatchRequestSchema, { metrics: {} }, ["metrics"]],
    ["a value of a map", LogBatchRequestSchema, { params: { "a.b": "x", c: 5 } }, ['params["c"]']],
    ["a map that is none", LogBatchRequestSchema, { params: ["a"] }, ["params"]],
    ["a message that is none", CreateExperimentRequestSchema, { experiment: "x" }, ["experiment"]],
    ["an unknown field", CreateExperimentRequestSchema, { experiment: { nope: null, other: 1 } }, ["experiment.other"]],
    ["an enum", UploadArtifactRequestSchema, { declaration: { kind: "GARBAGE" } }, ["declaration.kind"]],
    ["bytes", UploadArtifactRequestSchema, { data: "*" }, ["data"]],
    ["two of a choice", ValueSchema, { stringValue: "a", boolValue: true }, ["body"]],
    ["a field by both of its names", CreateExperimentRequestSchema, { request_id: "a", requestId: "b" }, ["body"]],
  ])("is told of %s", (_what, schema, json, paths) => {
    expect(faults(schema, json)).toEqual(paths);
  });

  test("an enum's value that there is not is told with those that there are", () => {
    const names = "is none of MODEL_FORMAT_ONNX, MODEL_FORMAT_OPAQUE";
    const reading = (format: JsonValue) => () => read(ModelVersionSchema, { format });
    expect(reading("ONNX")).toThrow(`format: "ONNX" ${names}`);
    expect(reading({})).toThrow(`format: {} ${names}`);
  });

  test("is told fifty times at most", () => {
    const metrics = Array.from({ length: 10_000 }, () => ({ key: 1 }));
    expect(faults(LogBatchRequestSchema, { metrics })).toHaveLength(50);
  });
});

describe("numbers", () => {
  const step = (value: JsonValue) => ({ metrics: [{ key: "m", step: value }] });

  test("whole ones come exactly or not at all", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const expected = { key: "m", ...(value !== 0n && { step: String(value) }) };
        expect(readBack(LogBatchRequestSchema, step(String(value)))).toEqual({ metrics: [expected] });
        // As a number it went through a double, as the text of a body does.
        const isSafe = value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n;
        expect(faults(LogBatchRequestSchema, step(Number(value)))).toEqual(isSafe ? [] : ["metrics[0].step"]);
      }),
    );
  });

  test.each(["9223372036854775808", "0x10", "1e3", " 1", "1 ", "", "+1", "1.0", "NaN", "1n", "１"])(
    "%j is no whole number",
    (text) => {
      expect(faults(LogBatchRequestSchema, step(text))).toEqual(["metrics[0].step"]);
      expect(faults(ListRunsRequestSchema, { pageSize: text })).toEqual(["page_size"]);
    },
  );

  test.each([2 ** 53, 1e20, 1.5, true, {}, []])("%j is no whole number of 64 bits either", (value) => {
    expect(faults(LogBatchRequestSchema, step(value as JsonValue))).toEqual(["metrics[0].step"]);
  });

  test.each([2 ** 31, -(2 ** 31) - 1, 1.5])("%d is no whole number of 32 bits", (value) => {
    expect(faults(ListRunsRequestSchema, { pageSize: value })).toEqual(["page_size"]);
  });

  test.each([
    ["NaN", true],
    ["Infinity", true],
    ["-Infinity", true],
    ["1.5e3", true],
    ["0x10", false],
    ["nan", false],
    [" 1", false],
    ["", false],
    [".5", false],
  ])("%j as the text of a double is taken: %s", (value, isTaken) => {
    expect(faults(LogBatchRequestSchema, { metrics: [{ key: "m", value }] })).toEqual(
      isTaken ? [] : ["metrics[0].value"],
    );
  });
});

describe("times", () => {
  const at = (time: JsonValue) => ({ metrics: [{ key: "m", time }] });

  test.each([
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2024-02-29T12:00:00+14:00",
    "1969-12-31T23:59:59.5Z",
  ])("%s is read exactly", (time) => {
    const [metric] = (readBack(LogBatchRequestSchema, at(time)) as { metrics: { time: string }[] }).metrics;
    expect(Date.parse(metric?.time ?? "")).toBe(Date.parse(time));
  });

  test.each([
    "10000-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-02-30T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01",
    "2024-01-01T00:00:00",
    "2024-01-01t00:00:00z",
    "now",
    "",
    "2024-01-01T00:00:00.1234567890Z",
    "+012024-01-01T00:00:00Z",
    0,
    1704067200,
  ])("%j is no time", (time) => {
    expect(faults(LogBatchRequestSchema, at(time))).toEqual(["metrics[0].time"]);
  });

  test("every instant of the range survives the way through JSON", () => {
    const instant = fc.record({
      seconds: fc.bigInt(-62_135_596_800n, 253_402_300_799n),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
    });
    fc.assert(
      fc.property(instant, (it) => {
        const time = toJson(TimestampSchema, { $typeName: "google.protobuf.Timestamp", ...it });
        expect(readBack(LogBatchRequestSchema, at(time))).toEqual({ metrics: [{ key: "m", time }] });
      }),
    );
  });
});

test("well-known types and lists of texts are taken as the mapping has them", () => {
  expect(faults(GetMetricHistoryRequestSchema, {})).toEqual([]);
  expect(readBack(DurationSchema, "1.5s")).toBe("1.500s");
  expect(readBack(StringValueSchema, "x")).toBe("x");
});
