import { isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { EVERY_STEP } from "../bench/every-step.ts";
import { checkTransforms } from "./check.ts";

const columns = [
  { name: "x", type: "float64" },
  { name: "s", type: "string" },
  { name: "t", type: "timestamp" },
];
const outputs = [{ name: "out", columns: ["y"] }];
const scaled = { kind: "scale", input: "x", output: "y", method: "z-score" };
const withSteps = (...steps: readonly unknown[]) => ({ columns, steps, outputs });

/** The paths of all that is wrong, and the text. */
function problemsOf(definition: unknown): readonly string[] {
  try {
    checkTransforms(definition);
    return [];
  } catch (error) {
    if (!isDomainError(error, "TRANSFORMS_INVALID")) throw error;
    return error.violations.map((it) => `${it.path}: ${it.description}`);
  }
}

const WRONG: readonly (readonly [string, unknown, string])[] = [
  ["no object", 3, "transforms: has to be an object"],
  ["nothing", null, "transforms: has to be an object"],
  ["a list that is none", { columns: 1, steps: [], outputs }, "columns: has to be a list"],
  ["an unknown field", { ...withSteps(scaled), colums: [] }, "colums: is not known here"],
  ["a column of no type", { columns: [{ name: "x" }], steps: [scaled], outputs }, "columns[0].type: is missing"],
  ["a column that is no object", { columns: [null], steps: [scaled], outputs }, "columns[0]: has to be an object"],
  [
    "a bad name",
    { columns: [{ name: "1 x", type: "int64" }], steps: [], outputs },
    "columns[0].name: has to be a name",
  ],
  ["no step", withSteps(null), "steps[0].kind: has to be one of impute"],
  ["an unknown kind", withSteps({ ...scaled, kind: "scael" }), "steps[0].kind: has to be one of impute"],
  ["a kind that objects have", withSteps({ ...scaled, kind: "toString" }), "steps[0].kind: has to be one of impute"],
  ["an unknown option", withSteps({ ...scaled, mean: 3 }), "steps[0].mean: is not known here"],
  ["an unknown method", withSteps({ ...scaled, method: "minmax" }), "steps[0].method: has to be one of min-max"],
  ["an unknown column", withSteps({ ...scaled, input: "z" }), "steps[0].input: names z, which is no column"],
  [
    "a name twice",
    withSteps(scaled, { ...scaled, method: "robust" }),
    "steps[1].output: y is the name of another column",
  ],
  ["a column's name", { ...withSteps({ ...scaled, output: "x" }) }, "steps[0].output: x is the name of another column"],
  [
    "a circle",
    withSteps({ ...scaled, input: "z" }, { ...scaled, input: "y", output: "z" }),
    "steps[0]: needs its own output y",
  ],
  ["itself", withSteps({ ...scaled, input: "y" }), "steps[0]: needs its own output y"],
  ["a text scaled", withSteps({ ...scaled, input: "s" }), "steps[0].input: names a text, and this step takes number"],
  ["a range upside down", withSteps({ ...scaled, method: "min-max", range: [1, 0] }), "steps[0].range: has to ascend"],
  ["a range for the wrong method", withSteps({ ...scaled, range: [0, 1] }), "steps[0].range: belongs to"],
  [
    "boundaries that do not ascend",
    withSteps({ kind: "bucket", input: "x", output: "y", boundaries: [1, 1] }),
    "steps[0].boundaries: has to be ascending",
  ],
  ["no limit", withSteps({ kind: "clip", input: "x", output: "y" }), "steps[0].min: is missing"],
  ["a mean of texts", withSteps({ kind: "impute", input: "s", output: "y", with: "mean" }), "steps[0].with: is mean"],
  [
    "a number for a text",
    withSteps({ kind: "impute", input: "s", output: "y", with: "constant", value: 1 }),
    "steps[0].value: has to be a text",
  ],
  [
    "a one-hot of a number",
    withSteps({ kind: "one-hot", input: "x", output: "y" }),
    "steps[0].input: names a number, and this step takes category",
  ],
  [
    "a circle of years",
    withSteps({ kind: "date-part", input: "t", output: "y", part: "year", as: "cyclic" }),
    "steps[0].as: has to be number",
  ],
  ["no such output", { columns, steps: [], outputs }, "outputs[0].columns[0]: names y, which is no column"],
  [
    "a text as an output",
    { columns, steps: [], outputs: [{ name: "out", columns: ["s"] }] },
    "outputs[0].columns[0]: names s, which is a text",
  ],
  [
    "a number as int64",
    { columns, steps: [], outputs: [{ name: "out", columns: ["x"], type: "int64" }] },
    "outputs[0].columns[0]: names x, a number that may be missing",
  ],
  [
    "an output twice",
    { columns, steps: [scaled], outputs: [...outputs, ...outputs] },
    "outputs[1].name: out is the name of another output",
  ],
];

describe("a definition", () => {
  test.each(WRONG)("is refused for %s", (_, definition, start) => {
    const [first = ""] = problemsOf(definition);
    expect(first.slice(0, start.length)).toBe(start);
  });

  test("is told everything that is wrong with it at once", () => {
    expect(problemsOf(withSteps({ ...scaled, input: "z" }, { kind: "clip", output: "w" })).length).toBe(1);
    expect(problemsOf(withSteps({ ...scaled, method: 1 }, { kind: "clip", output: "w" }))).toHaveLength(2);
  });

  test("has a digest that depends on what it says alone", () => {
    const { digest } = checkTransforms(EVERY_STEP);
    expect(checkTransforms(JSON.parse(JSON.stringify(EVERY_STEP))).digest).toBe(digest);
    expect(checkTransforms({ ...EVERY_STEP, outputs: EVERY_STEP.outputs.slice(1) }).digest).not.toBe(digest);
  });

  test("runs in the order of what steps need, without those that nobody needs", () => {
    const steps = [
      { kind: "one-hot", input: "word", output: "y" },
      { kind: "scale", input: "x", output: "unused", method: "robust" },
      { kind: "vocabulary", input: "s", output: "word" },
    ];
    expect(checkTransforms(withSteps(...steps)).steps.map((it) => it.output)).toEqual(["word", "y"]);
  });
});
