import { isDomainError } from "@throughline/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVERY_STEP } from "../bench/every-step.ts";
import { hardRows } from "../bench/hard-rows.ts";
import { checkTransforms } from "./check.ts";
import { type Column, type Columns, columnOf } from "./column.ts";
import { fixedConstants } from "./constants.ts";
import { learnConstants, nextPass } from "./learning.ts";
import { applyTransforms, readyTransforms } from "./transforms.ts";

const rowsOf = (columns: Columns, from: number, to: number): Columns =>
  new Map([...columns].map(([name, it]) => [name, { type: it.type, values: it.values.slice(from, to) } as Column]));

const reasonOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "OK";
  } catch (error) {
    return isDomainError(error) ? error.reason : String(error);
  }
};

describe("learning", () => {
  test("gives the same constants in any split and order, over as many passes as are said", async () => {
    const transforms = checkTransforms(EVERY_STEP);
    const rows = 200;
    const columns = hardRows(rows, 11);
    const whole = await learnConstants(transforms, () => [columns]);
    const cuts = fc.array(fc.integer({ min: 0, max: rows }), { maxLength: 4 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (places, isBackwards) => {
        const ends = [0, ...places, rows].toSorted((a, b) => a - b);
        const pieces = ends.slice(1).map((end, i) => rowsOf(columns, ends[i] as number, end));
        let constants = fixedConstants(transforms);
        let passes = 0;
        for (let pass = nextPass(transforms, constants); pass; pass = nextPass(transforms, constants), passes++) {
          const merged = pass.empty();
          for (const piece of isBackwards ? pieces.toReversed() : pieces) {
            const state = pass.empty();
            pass.add(state, piece);
            // As it goes from one process to another.
            pass.merge(merged, structuredClone(state));
          }
          constants = pass.finish(merged);
        }
        expect(passes).toBe(transforms.passes);
        expect(constants).toEqual(whole);
      }),
      { numRuns: 5 },
    );
    // Constants are JSON, and lose nothing on their way.
    expect(JSON.parse(JSON.stringify(whole))).toStrictEqual(whole);
  });

  test("takes one pass for steps beside each other, one more for each that learns from what was learned", () => {
    const columns = [{ name: "x", type: "float64" }] as const;
    const impute = { kind: "impute", input: "x", output: "filled", with: "mean" } as const;
    const passes = (...steps: readonly object[]): number =>
      checkTransforms({ columns, steps, outputs: [{ name: "out", columns: ["out"] }] }).passes;
    expect(passes({ kind: "clip", input: "x", output: "out", min: 0 })).toBe(0);
    expect(passes({ kind: "scale", input: "x", output: "out", method: "z-score" })).toBe(1);
    expect(passes({ kind: "scale", input: "filled", output: "out", method: "z-score" }, impute)).toBe(2);
    expect(
      passes(
        { ...impute, with: "constant", value: 0 },
        { kind: "scale", input: "filled", output: "out", method: "z-score" },
      ),
    ).toBe(1);
  });

  test("of numbers far from zero loses nothing to cancellation", async () => {
    const transforms = checkTransforms({
      columns: [{ name: "x", type: "float64" }],
      steps: [{ kind: "scale", input: "x", output: "z", method: "z-score" }],
      outputs: [{ name: "out", columns: ["z"], type: "float64" }],
    });
    const columns: Columns = new Map([["x", columnOf("x", "float64", [1e15 + 1, 1e15 + 2, 1e15 + 3, null])]]);
    const ready = readyTransforms(transforms, await learnConstants(transforms, () => [columns]));
    expect(ready.constants.steps["z"]).toEqual({ center: 1e15 + 2, span: Math.sqrt(2 / 3) });
    expect([...(applyTransforms(ready, columns).get("out")?.values ?? [])].slice(0, 3)).toEqual([
      -1 / Math.sqrt(2 / 3),
      0,
      1 / Math.sqrt(2 / 3),
    ]);
  });

  test("says what cannot be learned, and whose constants are not those of the definition", async () => {
    const definition = (method: string) => ({
      columns: [{ name: "x", type: "float64" }],
      steps: [{ kind: "scale", input: "x", output: "z", method }],
      outputs: [{ name: "out", columns: ["z"] }],
    });
    const transforms = checkTransforms(definition("z-score"));
    const empty: Columns = new Map([["x", columnOf("x", "float64", [null, Number.POSITIVE_INFINITY])]]);
    expect(await reasonOf(() => learnConstants(transforms, () => [empty]))).toBe("TRANSFORMS_NOTHING_TO_LEARN");
    const other = await learnConstants(checkTransforms(definition("min-max")), () => [
      new Map([["x", columnOf("x", "float64", [1, 2])]]),
    ]);
    expect(await reasonOf(() => readyTransforms(transforms, other))).toBe("TRANSFORMS_CONSTANTS_INVALID");
    const tampered = { ...fixedConstants(transforms), steps: { z: { center: "1", span: 2 } } };
    expect(await reasonOf(() => readyTransforms(transforms, tampered))).toBe("TRANSFORMS_CONSTANTS_INVALID");
    expect(await reasonOf(() => readyTransforms(transforms, fixedConstants(transforms)))).toBe(
      "TRANSFORMS_CONSTANTS_INVALID",
    );
    const wrong: Columns = new Map([["x", columnOf("x", "float32", [1])]]);
    expect(await reasonOf(() => learnConstants(transforms, () => [wrong]))).toBe("TRANSFORMS_COLUMN_INVALID");
    expect(await reasonOf(() => learnConstants(transforms, () => [new Map()]))).toBe("TRANSFORMS_NOTHING_TO_LEARN");
    expect(await reasonOf(() => columnOf("x", "int64", [1]))).toBe("TRANSFORMS_COLUMN_INVALID");
    expect(await reasonOf(() => columnOf("x", "int64", [2n ** 63n]))).toBe("TRANSFORMS_COLUMN_INVALID");
  });
});
