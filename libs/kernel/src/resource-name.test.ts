import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resourceName } from "./resource-name.ts";

const versions = resourceName("projects/{project}/models/{model}/versions/{version}");
const parts = { project: "p-1", model: "Fraud_2.x~a", version: "17" };
const name = "projects/p-1/models/Fraud_2.x~a/versions/17";

/** Single segments that must never be part of a name. */
const HOSTILE = [
  "",
  ".",
  "..",
  "../etc/passwd",
  "a/../../b",
  "./../x",
  ".hidden",
  "-rf",
  "a/b",
  "a\\b",
  "a b",
  "a\n",
  "a\u0000",
  "%2e%2e",
  "a%2fb",
  "a?b",
  "a#b",
  "a:b",
  "é",
  "е", // Cyrillic, looks like a Latin letter
  "\u202eabc",
  "\ud83d\ude00",
  "\ud83d",
  "$where",
  "{project}",
  "a".repeat(256),
];

describe("resource names", () => {
  test("are written and read back", () => {
    expect(versions.format(parts)).toBe(name);
    expect(versions.parse(name)).toEqual(parts);
    expect(versions.matches(name)).toBe(true);
  });

  test("are read back for every allowed segment", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,254}$/);
    fc.assert(
      fc.property(segment, segment, segment, (project, model, version) => {
        const written = { project, model, version };
        expect(versions.parse(versions.format(written))).toEqual(written);
      }),
    );
  });

  test.each(HOSTILE)("never hold the segment %j", (model) => {
    const hostile = `projects/p/models/${model}/versions/1`;
    expect(versions.matches(hostile)).toBe(false);
    const refusal = expect.objectContaining({
      kind: "invalid",
      reason: "BAD_NAME",
      metadata: { field: "model_version" },
    });
    expect(() => versions.parse(hostile, "model_version")).toThrow(refusal);
    expect(() => versions.format({ ...parts, model })).toThrow(expect.objectContaining({ reason: "BAD_NAME" }));
  });

  test.each([
    ["nothing", ""],
    ["a missing part", "projects/p/models/m"],
    ["more parts", `${name}/stages/1`],
    ["a slash before", `/${name}`],
    ["a slash after", `${name}/`],
    ["a line end after", `${name}\n`],
    ["two slashes", name.replace("/models", "//models")],
    ["another collection", name.replace("models", "Models")],
    ["a host before", `http://host/${name}`],
  ])("are refused with %s", (_, text) => {
    expect(versions.matches(text)).toBe(false);
  });

  test("take segments of 255 characters, and are refused with a short message whatever their size", () => {
    expect(versions.matches(versions.format({ ...parts, model: "a".repeat(255) }))).toBe(true);
    expect(() => versions.parse("\ud83d\ude00".repeat(5_000_000))).toThrow(/^.{1,500}$/u);
    expect(() => versions.parse(`x${"\ud83d\ude00".repeat(500)}`)).toThrow(
      expect.toSatisfy((it: Error) => it.message.isWellFormed()),
    );
  });
});
