import { describe, expect, test } from "vitest";
import { learnedSteps, shortJson } from "./fit.ts";

describe("the steps of transforms", () => {
  test("each stands beside what it learned, with the fields that are not its place in the graph", () => {
    const definition = {
      columns: [{ name: "price", type: "float64" }],
      steps: [
        { kind: "scale", input: "price", output: "scaled", method: "z-score" },
        { kind: "cross", inputs: ["a", "b"], output: "crossed" },
      ],
    };
    const constants = { definition: "sha256:00", rows: 2, steps: { scaled: { center: 1.5, span: 2 } } };
    expect(learnedSteps(definition, constants)).toEqual([
      {
        kind: "scale",
        inputs: ["price"],
        output: "scaled",
        settings: ["method z-score"],
        learned: [
          ["center", 1.5],
          ["span", 2],
        ],
      },
      { kind: "cross", inputs: ["a", "b"], output: "crossed", settings: [], learned: [] },
    ]);
  });
  test("they are there without constants too", () =>
    expect(learnedSteps({ steps: [{ kind: "log", input: "x", output: "y" }] }, undefined)[0]?.learned).toEqual([]));
  test("what is no definition has none", () => {
    expect(learnedSteps(undefined, undefined)).toEqual([]);
    expect(learnedSteps({ steps: "none" }, { steps: [] })).toEqual([]);
  });
});

test.each([
  [1.23456, "1.235"],
  [["Oslo", "Rome", "Lima"], "[Oslo, Rome, …]"],
  [{ a: 1, b: [true, null, false] }, "{a 1, b [true, null, …]}"],
  ["", ""],
])("%j is told as %s", (value, text) => expect(shortJson(value, 2)).toBe(text));
