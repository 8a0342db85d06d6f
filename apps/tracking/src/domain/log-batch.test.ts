import { type Digest, digestOfBytes } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import type { KnownArtifact } from "./artifact.ts";
import { checkBatch, type LogBatch, loggedRun } from "./log-batch.ts";
import { newRun, type Run } from "./run.ts";
import { RUN_LIMITS } from "./run-size.ts";

const EMPTY: LogBatch = { points: [], params: {}, tags: {}, datasets: [], files: [] };
const CLOCK = { now: () => 1_000 };
const digest = digestOfBytes("model");
const known = new Map<Digest, KnownArtifact>([
  [
    digest,
    { project: "p", digest, kind: "FILE", resource: "", sizeBytes: 5, mediaType: "a/b", createTimeMs: 0, revision: 1 },
  ],
]);

const run: Run = newRun(
  { experimentId: "e", displayName: "", parentId: "", tags: {} },
  { project: "p", id: "r", actor: "ada" },
  CLOCK,
);
const logged = (batch: Partial<LogBatch>, to: Run = run): Run => loggedRun(to, { ...EMPTY, ...batch }, known);

describe("loggedRun()", () => {
  test("a batch with nothing new gives the run itself", () => {
    const full = logged({
      params: { a: "1" },
      tags: { t: "1" },
      datasets: [{ digest, displayName: "d", context: "training" }],
      files: [{ path: "f", digest, mediaType: "" }],
    });
    expect(full.revision).toBe(2);
    const again = logged(
      {
        params: { a: "1" },
        tags: { t: "1" },
        datasets: [{ digest, displayName: "d", context: "training" }],
        files: [{ path: "f", digest, mediaType: "" }],
      },
      full,
    );
    expect(again).toBe(full);
  });

  test("keys that objects have by themselves are keys like others", () => {
    const params = Object.fromEntries([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", "3"],
    ]);
    const once = logged({ params });
    expect(Object.entries(once.params)).toEqual(Object.entries(params));
    expect(logged({ params }, once)).toBe(once);
    const changed = Object.fromEntries([["__proto__", "2"]]);
    expect(() => logged({ params: changed }, once)).toThrow(expect.objectContaining({ reason: "PARAM_IMMUTABLE" }));
  });

  test("tags and files may be replaced, and a data set keeps what was counted last", () => {
    const before = logged({
      tags: { t: "1" },
      files: [{ path: "f", digest, mediaType: "x/y" }],
      datasets: [{ digest, displayName: "d", context: "", rowCount: 1 }],
    });
    const after = logged(
      {
        tags: { t: "2" },
        files: [{ path: "f", digest, mediaType: "" }],
        datasets: [{ digest, displayName: "d", context: "", rowCount: 2 }],
      },
      before,
    );
    expect(after.tags).toEqual({ t: "2" });
    expect(after.artifacts).toEqual([{ path: "f", digest, sizeBytes: 5, mediaType: "a/b" }]);
    expect(after.datasets).toEqual([{ digest, displayName: "d", context: "", rowCount: 2 }]);
  });

  test("a path cannot be a file and a folder, within a batch or across batches", () => {
    const file = (path: string) => ({ path, digest, mediaType: "" });
    const collides = expect.objectContaining({ reason: "INVALID_FIELD" });
    expect(() => logged({ files: [file("a"), file("a/b")] })).toThrow(collides);
    const before = logged({ files: [file("a/b"), file("x")] });
    expect(() => logged({ files: [file("a")] }, before)).toThrow(collides);
    expect(() => logged({ files: [file("x/y/z")] }, before)).toThrow(collides);
    expect(logged({ files: [file("a/c"), file("ab")] }, before).artifacts).toHaveLength(4);
  });

  test("a run has a largest size", () => {
    const large = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`p${i}`, "x".repeat(6_000)]));
    expect(() => logged({ params: large })).toThrow(expect.objectContaining({ reason: "RUN_TOO_LARGE" }));
    const files = Array.from({ length: RUN_LIMITS.artifactsMax + 1 }, (_, i) => ({
      path: `f${i}`,
      digest,
      mediaType: "",
    }));
    expect(() => logged({ files })).toThrow(expect.objectContaining({ reason: "RUN_TOO_LARGE" }));
  });
});

test.each([
  ["a line break", { params: { "a\nb": "1" } }, 'params["a\\nb"]'],
  ["no key", { tags: { "": "1" } }, 'tags[""]'],
  ["a NUL", { points: [{ key: "a\0", step: 0n, timeMs: 0, value: 0 }] }, "metrics[0].key"],
  ["251 bytes", { params: { ["é".repeat(126)]: "1" } }, `params["${"é".repeat(126)}"]`],
])("a key with %s is refused by its path", (_, batch, field) => {
  expect(() => checkBatch({ ...EMPTY, ...(batch as Partial<LogBatch>) })).toThrow(
    expect.objectContaining({ reason: "INVALID_FIELD", metadata: { field } }),
  );
});

test("a key with emoji, slashes and spaces is fine", () => {
  expect(() => checkBatch({ ...EMPTY, params: { "🚀 loss/val": "1" } })).not.toThrow();
});
