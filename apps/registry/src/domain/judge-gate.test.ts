import { describe, expect, test } from "vitest";
import { judge } from "./judge-gate.ts";
import type { TensorSpec } from "./model.ts";
import { DIGEST, facts, NOTHING_KNOWN, someVersion } from "./testing-gate-facts.ts";

const vote = (actor: string, approved = true) => ({ actor, approved, reason: "", timeMs: 1 });

test.each([
  ["nobody", [], "UNMET"],
  ["the author alone", [vote("ada")], "UNMET"],
  ["somebody else", [vote("grace")], "MET"],
  ["somebody else, and one against", [vote("grace"), vote("alan", false)], "UNMET"],
] as const)("approved by %s", (_, approvals, state) => {
  const found = judge({ kind: "APPROVALS", minCount: 1 }, facts({ version: someVersion(2, { approvals }) }));
  expect(found.state).toBe(state);
});

test.each([
  ["none", undefined, "NOT_MEASURED"],
  ["one that failed", { passed: false, suspects: [] }, "UNMET"],
  ["one that passed", { passed: true, suspects: [] }, "MET"],
  ["one with more suspects than allowed", { passed: true, suspects: ["a", "b"] }, "UNMET"],
] as const)("the leakage certificate: %s", (_, certificate, state) => {
  const known = {
    ...NOTHING_KNOWN,
    ...(certificate && { certificate: { kind: "CERTIFICATE" as const, digest: DIGEST, ...certificate } }),
  };
  expect(judge({ kind: "CERTIFICATE", maxSuspects: 1 }, facts({ known })).state).toBe(state);
});

test("a leakage certificate is not measured while the feature store, which may have another, is away", () => {
  const unasked = { certificate: "The feature store could not be asked for leakage certificates" };
  const pinned = { kind: "CERTIFICATE" as const, digest: DIGEST, passed: true, suspects: [] };
  for (const known of [{ unasked }, { unasked, certificate: pinned }])
    expect(
      judge({ kind: "CERTIFICATE", maxSuspects: 1 }, facts({ known: { ...NOTHING_KNOWN, ...known } })),
    ).toMatchObject({ state: "NOT_MEASURED", sentence: expect.stringContaining(unasked.certificate) });
});

test("a latency is within its budget if somebody measured it, and the sentence says how", () => {
  const condition = { kind: "LATENCY", metric: "", maxMs: 10 } as const;
  expect(judge(condition, facts({})).state).toBe("NOT_MEASURED");
  const declared = judge(condition, facts({ version: someVersion(2, { metrics: { latency_p99_ms: 1 } }) }));
  expect(declared).toMatchObject({ state: "NOT_MEASURED", sentence: expect.stringContaining("does not count") });
  const measured = (value: number) => ({
    measurements: new Map([
      ["latency_p99_ms", { metric: "latency_p99_ms", value, source: "16 callers", reportDigest: "", actor: "bob" }],
    ]),
  });
  expect(judge(condition, facts({ known: measured(12) }))).toMatchObject({ state: "UNMET", value: 12, bound: 10 });
  expect(judge(condition, facts({ known: measured(9) })).sentence).toContain("measured by bob: 16 callers");
});

test("a latency is not measured while the validation service, whose newest evaluation may have it, is away", () => {
  const unasked = { evaluation: "The validation service could not be asked for evaluations" };
  const measurement = { metric: "latency_p99_ms", value: 9, source: "16 callers", reportDigest: "", actor: "bob" };
  const known = { ...NOTHING_KNOWN, measurements: new Map([["latency_p99_ms", measurement]]) };
  const condition = { kind: "LATENCY", metric: "", maxMs: 10 } as const;
  expect(judge(condition, facts({ known })).state).toBe("MET");
  expect(judge(condition, facts({ known: { ...known, unasked } }))).toMatchObject({
    state: "NOT_MEASURED",
    sentence: expect.stringContaining(unasked.evaluation),
  });
});

test("an empty canvas and an empty card are named box by box", () => {
  expect(judge({ kind: "CANVAS" }, facts({})).sentence).toContain("value_proposition.end_users");
  expect(judge({ kind: "CARD" }, facts({})).sentence).toContain("intended_use");
});

describe("the schema", () => {
  const tensor = (name: string, shape: number[], datatype = "FP32"): TensorSpec => ({ name, datatype, shape });
  const score = tensor("score", [-1, 2]);
  const before = { inputs: [tensor("X", [-1, 3])], outputs: [score] };
  test.each([
    ["the same", before, "MET"],
    ["one that takes rows of any width", { ...before, inputs: [tensor("X", [-1, -1])] }, "MET"],
    ["one that gives more", { ...before, outputs: [score, tensor("label", [-1])] }, "MET"],
    ["one that takes other widths", { ...before, inputs: [tensor("X", [-1, 4])] }, "UNMET"],
    ["one that takes another type", { ...before, inputs: [tensor("X", [-1, 3], "FP64")] }, "UNMET"],
    ["one that needs more", { ...before, inputs: [...before.inputs, tensor("Y", [1])] }, "UNMET"],
    ["one that takes something else", { ...before, inputs: [tensor("Z", [-1, 3])] }, "UNMET"],
    ["one that gives less", { ...before, outputs: [] }, "UNMET"],
  ] as const)("%s", (_, signature, state) => {
    const both = facts({ version: someVersion(2, { signature }) }, { version: someVersion(1, { signature: before }) });
    expect(judge({ kind: "SCHEMA" }, both).state).toBe(state);
  });

  test("nothing to compare with is a missing baseline, and an opaque version is not measured", () => {
    expect(judge({ kind: "SCHEMA" }, facts({})).state).toBe("MISSING_BASELINE");
    const { signature: _, ...opaque } = someVersion(2, { format: "OPAQUE" });
    expect(judge({ kind: "SCHEMA" }, facts({ version: opaque }, {})).state).toBe("NOT_MEASURED");
  });
});
