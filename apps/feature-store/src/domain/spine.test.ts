import { digestOfJson } from "@throughline/kernel";
import type { FoundColumn } from "@throughline/tables";
import { expect, test } from "vitest";
import { sampleView } from "../laws/sample-definitions.ts";
import { bindService } from "./feature-service.ts";
import { checkSpine } from "./spine.ts";

const digest = digestOfJson("a definition");
const VIEW = sampleView({
  features: [{ kind: "column", name: "n", column: "n", description: "", type: "int64" }],
});
const BOUND = bindService(
  {
    project: "p",
    id: "f",
    version: 1,
    digest,
    description: "",
    createTimeMs: 1,
    views: [{ view: "v", version: 1, features: ["n"], keyFields: { id: "who" }, digest }],
    requestFeatures: [{ name: "distance", type: "float64", description: "" }],
    features: ["v__n", "distance"],
  },
  [VIEW],
);
const columns = (types: Readonly<Record<string, FoundColumn["type"]>>): readonly FoundColumn[] =>
  Object.entries(types).map(([name, type]) => ({ name, type, nativeType: type ?? "STRUCT" }));
const check = (types: Readonly<Record<string, FoundColumn["type"]>>, labelColumns: readonly string[] = []) =>
  checkSpine(columns(types), { cutoffColumn: "at", labelColumns }, BOUND);
const GOOD = { who: "int64", at: "timestamp", distance: "float64", label: "bool" } as const;

test("a spine with the keys, the cut-off, the request features and the labels is good", () => {
  expect(() => check(GOOD, ["label"])).not.toThrow();
});

test.each([
  ["has no key", { ...GOOD, who: undefined }, [], ["spine_digest", "spine_digest"]],
  ["has a key of another type", { ...GOOD, who: "string" }, [], ["spine_digest"]],
  ["has a cut-off that is no time", { ...GOOD, at: "int64" }, [], ["cutoff_column"]],
  ["has a request feature of another type", { ...GOOD, distance: "int64" }, [], ["spine_digest"]],
  ["lacks a label, or names one twice", GOOD, ["label", "label", "no"], ["label_columns[1]", "label_columns[2]"]],
  ["has a label that is a feature", GOOD, ["distance"], ["label_columns[0]"]],
  ["has a column that is called like a feature", { ...GOOD, V__N: "int64" }, [], ["spine_digest"]],
] as const)("a spine that %s is refused", (_, types, labels, paths) => {
  const violations = paths.map((path) => expect.objectContaining({ path }));
  expect(() => check(types, labels)).toThrow(expect.objectContaining({ reason: "INVALID_FIELD", violations }));
});
