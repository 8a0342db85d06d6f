import { isDomainError, type Json } from "@throughline/kernel";
import {
  applyTransforms,
  type Columns,
  checkTransforms,
  columnOf,
  learnConstants,
  readyTransforms,
} from "@throughline/transforms";
import { expect, test } from "vitest";
import { openTransformThread } from "./transform-threads.ts";

const DEFINITION = {
  columns: [
    { name: "price", type: "float64" },
    { name: "city", type: "string" },
  ],
  steps: [
    { kind: "impute", input: "price", output: "known", with: "mean" },
    { kind: "scale", input: "known", output: "scaled", method: "robust" },
    { kind: "vocabulary", input: "city", output: "place", sizeMax: 2 },
  ],
  outputs: [{ name: "o", columns: ["scaled", "place"] }],
} as const;

/** New each time: the numbers of columns that went to a thread are gone. */
const columns = (): Columns =>
  new Map([
    ["price", columnOf("price", "float64", [1, null, 3, 8.5])],
    ["city", columnOf("city", "string", ["Oslo", null, "Rome", "Oslo"])],
  ]);

test("a thread learns and gives what libs/transforms does, pass by pass, and begins anew with constants", async () => {
  const transforms = checkTransforms(DEFINITION);
  const constants = await learnConstants(transforms, () => [columns(), columns()]);
  const expected = applyTransforms(readyTransforms(transforms, constants), columns());
  await using thread = openTransformThread(new AbortController().signal);
  await thread.begin(DEFINITION as unknown as Json);
  const passes: boolean[] = [];
  do {
    await thread.add(columns());
    await thread.add(columns());
    passes.push(await thread.endPass());
  } while (passes.at(-1));
  expect(passes).toEqual([true, false]);
  expect(await thread.learned()).toMatchObject({
    constants,
    outputs: [{ name: "o", type: "float32", width: 2, elementNames: ["scaled", "place"] }],
    needs: { isMl: true, isRuntimeOnly: false },
  });
  expect(await thread.apply(columns())).toEqual(expected);
  await thread.begin(DEFINITION as unknown as Json, constants);
  expect(await thread.apply(columns())).toEqual(expected);
});

test("an expected failure keeps its reason and its fields, and the thread goes on", async () => {
  await using thread = openTransformThread(new AbortController().signal);
  const failure = await thread.begin({ columns: [], steps: [], outputs: [] }).catch((it: unknown) => it);
  expect(isDomainError(failure, "TRANSFORMS_INVALID") && failure.violations.map((it) => it.path)).toEqual([
    "columns",
    "outputs",
  ]);
  await thread.begin(DEFINITION as unknown as Json);
  await thread.add(columns());
});

test("whoever waits for a thread that is stopped gets the reason, at once and later", async () => {
  const abort = new AbortController();
  await using thread = openTransformThread(abort.signal);
  const waiting = thread.begin(DEFINITION as unknown as Json);
  const reason = new Error("nobody needs it any more");
  abort.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(thread.endPass()).rejects.toBe(reason);
  await using late = openTransformThread(abort.signal);
  await expect(late.learned()).rejects.toBe(reason);
});
