import type { Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { EVERY_STEP } from "../bench/every-step.ts";
import { hardRows } from "../bench/hard-rows.ts";
import { differences, feedsOf, openedTransforms } from "../bench/runtime.ts";
import { checkTransforms } from "./check.ts";
import { type Column, type Columns, columnOf } from "./column.ts";
import { learnConstants } from "./learning.ts";
import { applyTransforms, readyTransforms } from "./transforms.ts";

const transforms = checkTransforms(EVERY_STEP);
const ready = readyTransforms(transforms, await learnConstants(transforms, () => [hardRows(5_000, 1)]));

describe("transforms and their ONNX operators", () => {
  test("give the same bits for 20,000 hard rows, with every kind of step", async () => {
    const session = await openedTransforms(ready);
    const [rows, batch] = [20_000, 1_000];
    const columns = hardRows(rows, 2);
    const ours = applyTransforms(ready, columns);
    for (let from = 0; from < rows; from += batch) {
      const theirs = await session.run(feedsOf(session, columns, [from, from + batch]));
      for (const { name, elementNames } of ready.outputs) {
        const [own, other] = [ours.get(name), theirs[name]];
        if (own === undefined || other === undefined) throw new Error(`${name} is missing`);
        expect(differences(own, other, elementNames(), from)).toEqual([]);
      }
    }
  });

  test("give the same bits where there was little to learn: all alike, or all missing", async () => {
    const poor = checkTransforms({
      columns: EVERY_STEP.columns,
      steps: [
        { kind: "scale", input: "x", output: "x_unit", method: "min-max" },
        { kind: "scale", input: "x", output: "x_z", method: "z-score" },
        { kind: "scale", input: "x", output: "x_robust", method: "robust" },
        { kind: "quantile-bucket", input: "x", output: "x_bucket", buckets: 4 },
        { kind: "vocabulary", input: "s", output: "s_word", oovBuckets: 2 },
        { kind: "vocabulary", input: "n", output: "n_word" },
        { kind: "one-hot", input: "s_word", output: "s_hot" },
        { kind: "cross", inputs: ["x_bucket", "n_word"], output: "crossed" },
        { kind: "pca", inputs: ["x", "x_unit"], output: "components", components: 2 },
      ],
      outputs: [
        { name: "numbers", columns: ["x_unit", "x_z", "x_robust", "s_hot", "components"] },
        { name: "categories", columns: ["x_bucket", "s_word", "n_word", "crossed"], type: "int64" },
      ],
    });
    const alike: Columns = new Map([
      ["x", columnOf("x", "float64", [-0, -0, -0])],
      ["s", columnOf("s", "string", [null, null, null])],
      ["n", columnOf("n", "int64", [null, null, null])],
    ]);
    const learned = readyTransforms(poor, await learnConstants(poor, () => [alike]));
    const columns = hardRows(1_000, 5);
    const session = await openedTransforms(learned);
    const theirs = await session.run(feedsOf(session, columns, [0, 1_000]));
    for (const [name, own] of applyTransforms(learned, columns))
      expect(differences(own, theirs[name] as Tensor, learned.outputs[0]?.elementNames() ?? [], 0)).toEqual([]);
  });

  test("a row alone gives what it gives among others", () => {
    const columns = hardRows(300, 3);
    const together = applyTransforms(ready, columns);
    for (let row = 0; row < 300; row++) {
      const single = new Map([...columns].map(([name, it]) => [name, rowOf(it, row)]));
      for (const [name, { width, values }] of applyTransforms(ready, single))
        expect(values).toEqual(together.get(name)?.values.slice(row * width, (row + 1) * width));
    }
  });
});

const rowOf = ({ type, values }: Column, row: number): Column =>
  ({ type, values: values.slice(row, row + 1) }) as Column;
