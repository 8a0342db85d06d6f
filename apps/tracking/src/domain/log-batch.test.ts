import { digestOfBytes } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import type { DatasetInput } from "./dataset-input.ts";
import { checkBatch, EMPTY_BATCH, type LogBatch, loggedRun } from "./log-batch.ts";
import { newRun, type Run } from "./run.ts";

const CLOCK = { now: () => 1_000 };
const digest = digestOfBytes("model");
const dataset = (about: Partial<DatasetInput> = {}): DatasetInput => ({
  digest,
  displayName: "d",
  externalDigest: "",
  sourceType: "",
  source: "",
  schema: "",
  profile: "",
  context: "",
  tags: {},
  ...about,
});

const run: Run = newRun(
  { experimentId: "e", displayName: "", parentId: "", tags: {} },
  { project: "p", id: "r", actor: "ada" },
  CLOCK,
);
const logged = (batch: Partial<LogBatch>, to: Run = run): Run => loggedRun(to, { ...EMPTY_BATCH, ...batch });

describe("loggedRun()", () => {
  test("a batch with nothing new gives the run itself", () => {
    const batch = () => ({
      params: { a: "1" },
      tags: { t: "1" },
      datasets: [dataset({ context: "training", tags: { source: "shop" } })],
      modelInputs: [{ modelId: "m-1", step: 0n }],
      modelOutputs: [{ modelId: "m-2", step: 7n }],
    });
    const full = logged(batch());
    expect(full.revision).toBe(2);
    expect(logged(batch(), full)).toBe(full);
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

  test("tags may be replaced, and a data set keeps what was said last and what was left out then", () => {
    const before = logged({
      tags: { t: "1" },
      datasets: [dataset({ rowCount: 1, schema: "[]", tags: { a: "1" } })],
    });
    const after = logged({ tags: { t: "2" }, datasets: [dataset({ rowCount: 2, tags: { b: "2" } })] }, before);
    expect(after.tags).toEqual({ t: "2" });
    expect(after.datasets).toEqual([dataset({ rowCount: 2, schema: "[]", tags: { a: "1", b: "2" } })]);
  });

  test("data sets of other digests, names or contexts are others", () => {
    const datasets = [
      ...[dataset({ context: "training" }), dataset({ context: "evaluation" }), dataset({ displayName: "e" })],
      ...[dataset({ digest: digestOfBytes("other") }), dataset({ digest: "", externalDigest: "a1b2c3d4" })],
    ];
    expect(logged({ datasets }).datasets).toEqual(datasets);
  });

  test("a use of a data set whose context is not said is any that the run has, and takes the one that is said later", () => {
    const use = (context: string, tags = {}) => dataset({ context, tags });
    const before = logged({ datasets: [use("training", { a: "1" }), use("test")] });
    expect(logged({ datasets: [use("")] }, before)).toBe(before);
    const tagged = logged({ datasets: [use("", { b: "2" })] }, before).datasets;
    expect(tagged).toEqual([use("training", { a: "1", b: "2" }), use("test")]);
    const bare = logged({ datasets: [use("", { c: "3" })] });
    expect(logged({ datasets: [use("test"), use("training")] }, bare).datasets).toEqual([
      use("test", { c: "3" }),
      use("training"),
    ]);
  });

  test("a run has a largest size", () => {
    const large = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`p${i}`, "x".repeat(6_000)]));
    const tooLarge = expect.objectContaining({ reason: "RUN_TOO_LARGE" });
    expect(() => logged({ params: large })).toThrow(tooLarge);
    const profiles = [1, 2, 3].map((rowCount) => dataset({ context: String(rowCount), profile: "x".repeat(900_000) }));
    expect(() => logged({ datasets: profiles })).toThrow(tooLarge);
    const modelOutputs = Array.from({ length: 1_001 }, (_, i) => ({ modelId: "m", step: BigInt(i) }));
    expect(() => logged({ modelOutputs })).toThrow(tooLarge);
  });
});

test.each([
  ["a line break", { params: { "a\nb": "1" } }, 'params["a\\nb"]'],
  ["no key", { tags: { "": "1" } }, 'tags[""]'],
  ["a NUL", { points: [{ key: "a\0", step: 0n, timeMs: 0, value: 0 }] }, "metrics[0].key"],
  ["251 characters", { params: { ["é".repeat(251)]: "1" } }, `params["${"é".repeat(251)}"]`],
])("a key with %s is refused by its path", (_, batch, field) => {
  expect(() => checkBatch({ ...EMPTY_BATCH, ...(batch as Partial<LogBatch>) })).toThrow(
    expect.objectContaining({ reason: "INVALID_FIELD", metadata: { field } }),
  );
});

test("a key with emoji, slashes and spaces is fine", () => {
  expect(() => checkBatch({ ...EMPTY_BATCH, params: { "🚀 loss/val": "1" } })).not.toThrow();
});
