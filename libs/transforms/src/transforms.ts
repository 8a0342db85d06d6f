import { invariant } from "@throughline/kernel";
import type { CheckedTransforms } from "./check.ts";
import { type Columns, rowCount } from "./column.ts";
import { checkConstants, type TransformConstants } from "./constants.ts";
import type { Output, RawColumn } from "./definition.ts";
import { invalidConstants } from "./errors.ts";
import { evaluated, neededFor } from "./evaluate/evaluate.ts";
import { BLOCK_ROWS } from "./learning.ts";
import { lowered } from "./lowering.ts";
import type { Lane, Operation } from "./program.ts";

/** Rows that go to the model: `width` elements in each, row by row. */
export type OutputRows = { readonly width: number } & (
  | { readonly type: "float32"; readonly values: Float32Array }
  | { readonly type: "float64"; readonly values: Float64Array }
  | { readonly type: "int64"; readonly values: BigInt64Array }
);

/** An output of ready transforms. */
export interface ReadyOutput {
  readonly name: string;
  readonly type: NonNullable<Output["type"]>;
  readonly width: number;
  readonly lane: Lane;
  /** What each element is: the column, and for vectors what the element stands for. */
  elementNames(): readonly string[];
}

/** Transforms with their constants: ready to be applied, and to be compiled. */
export interface ReadyTransforms {
  readonly transforms: CheckedTransforms;
  readonly constants: TransformConstants;
  /** The raw columns that are needed, in the order of the definition. */
  readonly inputs: readonly RawColumn[];
  readonly outputs: readonly ReadyOutput[];
  readonly operations: readonly Operation[];
  /** The operations that the outputs need, in order. */
  readonly needed: readonly number[];
}

/** Puts a definition and its constants together. Fails with TRANSFORMS_CONSTANTS_INVALID. */
export function readyTransforms(transforms: CheckedTransforms, constants: TransformConstants): ReadyTransforms {
  checkConstants(transforms, constants);
  const { build, columns, learners } = lowered(transforms, constants);
  const [missing] = learners.keys();
  if (missing !== undefined) throw invalidConstants(missing.output, "has none");
  const outputs = transforms.definition.outputs.map((output): ReadyOutput => {
    const parts = output.columns.map((name) => ({ name, column: columns.get(name) }));
    const lane = build.join(
      parts.map(({ column }) => {
        invariant(column !== undefined, "all columns are there once the constants are");
        return column.lane.kind === "whole" ? asNumbers(build, column.lane) : column.lane;
      }),
    );
    const elementNames = (): readonly string[] =>
      parts.flatMap(({ name, column }) =>
        column?.type === "vector"
          ? Array.from({ length: column.lane.width }, (_, i) => column.labelOf?.(i) ?? `${name} ${i}`)
          : [name],
      );
    return { name: output.name, type: output.type ?? "float32", width: lane.width, lane, elementNames };
  });
  const needed = neededFor(
    build.operations,
    outputs.map((it) => it.lane),
  );
  const names = new Set(
    needed.map((id) => build.operations[id]).flatMap((it) => (it?.op === "column" ? [it.name] : [])),
  );
  const inputs = transforms.definition.columns.filter((it) => names.has(it.name));
  return { transforms, constants, inputs, outputs, operations: build.operations, needed };
}

const asNumbers = (build: ReturnType<typeof lowered>["build"], lane: Lane): Lane =>
  build.select(build.wholeMissing(lane), Number.NaN, build.wholeNumber(lane));

/**
 * Computes the outputs of rows, one set of rows for each output, by its name. Law: the same bits as the ONNX operators of
 * `onnx/`, where every NaN is the same NaN. Fails with TRANSFORMS_COLUMN_INVALID.
 */
export function applyTransforms(ready: ReadyTransforms, columns: Columns): ReadonlyMap<string, OutputRows> {
  const rows = rowCount(columns);
  const results = new Map(ready.outputs.map((it) => [it.name, emptyRows(it, rows)]));
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    const range = { from, to: Math.min(rows, from + BLOCK_ROWS) };
    const lanes = evaluated(ready.operations, ready.needed, { columns, range });
    for (const { name, lane, width } of ready.outputs) {
      const result = results.get(name);
      invariant(result !== undefined, "every output has its rows");
      const numbers = lanes.numbers(lane);
      if (result.type === "int64")
        for (let i = 0; i < numbers.length; i++) result.values[from * width + i] = BigInt(numbers[i] as number);
      else result.values.set(numbers, from * width);
    }
  }
  return results;
}

function emptyRows({ type, width }: ReadyOutput, rows: number): OutputRows {
  if (type === "int64") return { type, width, values: new BigInt64Array(rows * width) };
  return type === "float32"
    ? { type, width, values: new Float32Array(rows * width) }
    : { type, width, values: new Float64Array(rows * width) };
}
