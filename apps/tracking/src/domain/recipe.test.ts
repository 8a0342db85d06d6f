import { digestOfBytes } from "@throughline/kernel";
import { expect, test } from "vitest";
import type { DatasetInput } from "./dataset-input.ts";
import { type Recipe, recipeDigest } from "./recipe.ts";

const recipe: Recipe = {
  code: { repository: "https://example.org/wine", commit: "0".repeat(40), diffDigest: "" },
  environment: { lockDigest: digestOfBytes("lock"), runtime: "python 3.11.2", platform: "linux x64" },
  command: ["python", "train.py"],
  workingDirectory: "",
  seed: 7n,
};
const dataset = (displayName: string): DatasetInput => ({
  digest: digestOfBytes(displayName),
  displayName,
  externalDigest: "",
  context: "training",
  tags: {},
  sourceType: "",
  source: "",
  schema: "",
  profile: "",
});
const inputs = { params: { lr: "0.1", depth: "3" }, datasets: [dataset("a"), dataset("b")] };

test("the digest of a recipe is that of its canonical JSON, so that every language can compute it", () => {
  const [a, b] = [digestOfBytes("a"), digestOfBytes("b")].toSorted();
  const text = [
    `{"code":{"commit":"${"0".repeat(40)}","diffDigest":"","repository":"https://example.org/wine"},`,
    `"command":["python","train.py"],`,
    `"datasets":[["${a}","","${a === digestOfBytes("a") ? "a" : "b"}","training"],`,
    `["${b}","","${b === digestOfBytes("b") ? "b" : "a"}","training"]],`,
    `"environment":{"lockDigest":"${digestOfBytes("lock")}","platform":"linux x64","runtime":"python 3.11.2"},`,
    `"params":{"depth":"3","lr":"0.1"},"seed":"7","workingDirectory":""}`,
  ].join("");
  expect(recipeDigest(recipe, inputs)).toBe(digestOfBytes(text));
});

test("the order in which params and data sets were logged, and what is said about them, makes no difference", () => {
  const other = {
    params: { depth: "3", lr: "0.1" },
    datasets: [dataset("b"), { ...dataset("a"), source: "elsewhere", rowCount: 3, tags: { a: "1" } }],
  };
  expect(recipeDigest(recipe, other)).toBe(recipeDigest(recipe, inputs));
});

const { seed: _, ...seedless } = recipe;
test.each<readonly [string, Recipe, typeof inputs]>([
  ["seed", { ...recipe, seed: 8n }, inputs],
  ["lack of a seed", seedless, inputs],
  ["commit", { ...recipe, code: { ...recipe.code, commit: "1".repeat(40) } }, inputs],
  ["lock", { ...recipe, environment: { ...recipe.environment, lockDigest: "" } }, inputs],
  ["argument", { ...recipe, command: ["python", "train.py", "--fast"] }, inputs],
  ["split of the command", { ...recipe, command: ["python train.py"] }, inputs],
  ["param", recipe, { ...inputs, params: { lr: "0.2", depth: "3" } }],
  ["data set", recipe, { ...inputs, datasets: [dataset("a")] }],
])("another %s gives another digest", (_, changed, used) => {
  expect(recipeDigest(changed, used)).not.toBe(recipeDigest(recipe, inputs));
});
