import { create } from "@bufbuild/protobuf";
import {
  type ModelRepositoryParameter,
  ModelRepositoryParameterSchema,
} from "@throughline/contracts/inference/open_inference_pb";
import { isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { releaseAsked } from "./repository-parameters.ts";

const text = (value: string): ModelRepositoryParameter =>
  create(ModelRepositoryParameterSchema, { parameterChoice: { case: "stringParam", value } });
const bytes = create(ModelRepositoryParameterSchema, {
  parameterChoice: { case: "bytesParam", value: new Uint8Array(4) },
});
const versions = (...of: unknown[]) => JSON.stringify({ version_policy: { specific: { versions: of } } });

describe("the release that a request names", () => {
  test("is that of its parameter, or of its configuration", () => {
    expect(releaseAsked({})).toBeUndefined();
    expect(releaseAsked({ unload_dependents: text("x") })).toBeUndefined();
    expect(releaseAsked({ release: text("0123abcd") })).toBe("0123abcd");
    expect(releaseAsked({ config: text(versions("0123abcd")) })).toBe("0123abcd");
  });

  test.each([
    ["a file", { "file:1/model.onnx": bytes }],
    ["another configuration", { config: text('{"max_batch_size": 8}') }],
    [
      "a configuration beside its versions",
      { config: text('{"version_policy": {"specific": {"versions": ["a"]}}, "x": 1}') },
    ],
    ["two versions", { config: text(versions("a", "b")) }],
    ["a version that is a number", { config: text(versions(1)) }],
    ["a configuration that is no JSON", { config: text("{") }],
    ["a configuration of another kind", { config: text("[]") }],
    ["a release of bytes", { release: bytes }],
    ["no id", { release: text("projects/p/releases/r") }],
    ["an empty id", { release: text("") }],
  ])("is not %s", (_what, parameters) => {
    let thrown: unknown;
    try {
      releaseAsked(parameters);
    } catch (error) {
      thrown = error;
    }
    expect(isDomainError(thrown, "PARAMETER_REFUSED")).toBe(true);
  });
});
