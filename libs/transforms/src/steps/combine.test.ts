import { isDomainError } from "@throughline/kernel";
import { expect, test } from "vitest";
import { checkTransforms } from "../check.ts";
import { type Columns, columnOf } from "../column.ts";
import type { Combine } from "../definition.ts";
import { learnConstants } from "../learning.ts";
import { applyTransforms, readyTransforms } from "../transforms.ts";

const COLUMNS = [
  { name: "a", type: "float64" },
  { name: "b", type: "int64" },
  { name: "from", type: "timestamp" },
  { name: "to", type: "timestamp" },
  { name: "word", type: "string" },
] as const;

const transformsOf = (operation: Combine["operation"], ...inputs: readonly string[]) =>
  checkTransforms({
    columns: COLUMNS,
    steps: [{ kind: "combine", operation, inputs, output: "made" }],
    outputs: [{ name: "out", columns: ["made"], type: "float64" }],
  });

async function made(data: Columns, ...step: Parameters<typeof transformsOf>): Promise<readonly number[]> {
  const transforms = transformsOf(...step);
  expect(transforms.passes).toBe(0);
  const ready = readyTransforms(transforms, await learnConstants(transforms, () => []));
  return [...(applyTransforms(ready, data).get("out")?.values ?? [])].map(Number);
}

test("two numbers are added, subtracted, multiplied and divided, and missing ones stay missing", async () => {
  const data: Columns = new Map([
    ["a", columnOf("a", "float64", [6, 1.5, null, -3, 0])],
    ["b", columnOf("b", "int64", [4n, null, 2n, 0n, 0n])],
  ]);
  expect(await made(data, "add", "a", "b")).toEqual([10, Number.NaN, Number.NaN, -3, 0]);
  expect(await made(data, "subtract", "b", "a")).toEqual([-2, Number.NaN, Number.NaN, 3, 0]);
  expect(await made(data, "multiply", "a", "b")).toEqual([24, Number.NaN, Number.NaN, -0, 0]);
  // Nothing is divided by 0: what came of it would be infinite.
  expect(await made(data, "divide", "a", "b")).toEqual([1.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  expect(await made(data, "divide", "a", "a")).toEqual([1, 1, Number.NaN, 1, Number.NaN]);
});

test("between two times lie seconds", async () => {
  const at = (...values: readonly (bigint | null)[]) => values.map((it) => (it === null ? null : { ns: it }));
  const data: Columns = new Map([
    ["from", columnOf("from", "timestamp", at(0n, 1_700_000_000_000_000_000n, null, 5n, -1_500_000_000n))],
    ["to", columnOf("to", "timestamp", at(90_000_000_000n, 1_700_000_000_000_000_250n, 1n, null, 1_500_000_000n))],
  ]);
  expect(await made(data, "subtract", "to", "from")).toEqual([90, 2.5e-7, Number.NaN, Number.NaN, 3]);
});

test.each([
  ["add", ["to", "from"], "steps[0].inputs[0]: names a timestamp"],
  ["subtract", ["to", "a"], "steps[0].inputs[0]: names a timestamp"],
  ["divide", ["a", "word"], "steps[0].inputs[1]: names a text"],
  ["add", ["a"], "steps[0].inputs"],
] as const)("%s of %s is refused", (operation, inputs, problem) => {
  try {
    transformsOf(operation, ...inputs);
    expect.unreachable();
  } catch (error) {
    if (!isDomainError(error, "TRANSFORMS_INVALID")) throw error;
    expect(error.violations.map((it) => `${it.path}: ${it.description}`).join()).toContain(problem);
  }
});
