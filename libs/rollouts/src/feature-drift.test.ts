import { expect, test } from "vitest";
import { featureBaseline, unusualFeatures, unusualPart } from "./feature-drift.ts";

const deciles = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const topValues = [
  { value: "jfk", count: 70 },
  { value: "ewr", count: 20 },
  { value: "lga", count: 10 },
];
const BASELINE = featureBaseline([
  { name: "delay", presentCount: 100, numeric: { deciles } },
  { name: "share", presentCount: 100, numeric: { deciles: deciles.map((it) => it / 150) } },
  { name: "origin", presentCount: 100, text: { topValues } },
  { name: "tags", presentCount: 100 },
  { name: "nothing", presentCount: 0, numeric: { deciles: [] } },
]);

test.each([
  ["a number between the outer deciles is usual, both included", "delay", 10, false],
  ["so is a whole number", "delay", 90n, false],
  ["one beyond them is not", "delay", 90.5, true],
  ["one that came as FP32 is as usual as the end that it is equal to", "share", Math.fround(0.6), false],
  ["NaN is not", "delay", Number.NaN, true],
  ["a time counts in seconds", "delay", { ns: 50_000_000_000n }, false],
  ["a missing value is not usual", "delay", null, true],
  ["a text of those that four fifths of the rows have is usual", "origin", "ewr", false],
  ["a rare one is not", "origin", "lga", true],
  ["nor is a value of another type", "origin", 5, true],
] as const)("%s", (_, name, value, isUnusual) => {
  expect(unusualFeatures(BASELINE, [[name, value]])).toEqual(new Map([[name, isUnusual]]));
});

test("what has no baseline is left out, and the part is of the named features alone", () => {
  const row = [
    ["delay", 500],
    ["origin", "jfk"],
    ["tags", "x"],
    ["nothing", 1],
  ] as const;
  const unusual = unusualFeatures(BASELINE, row);
  expect([...unusual.keys()]).toEqual(["delay", "origin"]);
  expect(unusualPart(unusual, [])).toBe(0.5);
  expect(unusualPart(unusual, ["origin", "tags"])).toBe(0);
  expect(unusualPart(unusual, ["tags"])).toBeUndefined();
  expect(unusualPart(new Map(), [])).toBeUndefined();
});
