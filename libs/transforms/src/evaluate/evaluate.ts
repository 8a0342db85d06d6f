import { invariant } from "@throughline/kernel";
import type { Column, Columns, ColumnType } from "../column.ts";
import { invalidColumn } from "../errors.ts";
import type { DiscreteOperation, Lane, NumberOperation, Operation } from "../program.ts";
import {
  areNaN,
  arithmetic,
  comparison,
  counted,
  joined,
  oneHot,
  picked,
  repeated,
  selected,
  taken,
  widened,
} from "./numbers.ts";
import { filledTexts, gramCounts, lowered, runtimeText, textHashes, textPositions } from "./texts.ts";
import { quotients, remainders, wholeHashes, wholeNumbers, wholePositions, wholesMissing } from "./wholes.ts";

/** What a lane holds for some rows. */
export type LaneValues = Float64Array | Uint8Array | BigInt64Array | readonly string[];

/** The lanes of some rows, by their ids. */
export interface EvaluatedLanes {
  numbers(lane: Lane): Float64Array;
  wholes(lane: Lane): BigInt64Array;
  texts(lane: Lane): readonly string[];
}

/** Rows from `from` to `to`, without the latter. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The operations that are needed for some lanes, in order. */
export function neededFor(operations: readonly Operation[], lanes: readonly Lane[]): readonly number[] {
  const needed = new Set(lanes.map((it) => it.id));
  for (let id = operations.length - 1; id >= 0; id--)
    if (needed.has(id)) for (const it of operandsOf(operations[id] as Operation)) needed.add(it);
  return [...needed].sort((a, b) => a - b);
}

/** The lanes that an operation reads. */
export function operandsOf(operation: Operation): readonly number[] {
  if ("a" in operation) return [operation.a, operation.b];
  if (operation.op === "select") return [operation.where, operation.yes, operation.no];
  if (operation.op === "fillText") return [operation.of, operation.where];
  if (operation.op === "join") return operation.of;
  if ("index" in operation) return [operation.index];
  return "of" in operation ? [operation.of] : [];
}

/** Runs the needed operations over a range of rows. Fails with TRANSFORMS_COLUMN_INVALID for columns that do not fit. */
export function evaluated(
  operations: readonly Operation[],
  needed: readonly number[],
  { columns, range }: { readonly columns: Columns; readonly range: RowRange },
): EvaluatedLanes {
  const rows = range.to - range.from;
  const lanes = new Map<number, { readonly values: LaneValues; readonly width: number }>();
  const lane = (id: number) => {
    const found = lanes.get(id);
    invariant(found !== undefined, `lane ${id} is read before it is there`);
    return found;
  };
  for (const id of needed) {
    const operation = operations[id] as Operation;
    const values = operation.op === "column" ? columnRows(operation, columns, range) : run(operation, lane, rows);
    const width = operation.op === "constant" ? operation.values.length : Math.max(1, Math.floor(values.length / rows));
    lanes.set(id, { values, width });
  }
  return {
    numbers: ({ id }) => lane(id).values as Float64Array,
    wholes: ({ id }) => lane(id).values as BigInt64Array,
    texts: ({ id }) => lane(id).values as readonly string[],
  };
}

function columnRows({ name, type }: { name: string; type: ColumnType }, columns: Columns, range: RowRange): LaneValues {
  const column: Column | undefined = columns.get(name);
  if (column === undefined) throw invalidColumn(name, "is missing");
  if (column.type !== type) throw invalidColumn(name, `is of type ${column.type}, and the definition says ${type}`);
  if (column.type === "string") return column.values.slice(range.from, range.to).map(runtimeText);
  const values = column.values.subarray(range.from, range.to);
  return values instanceof Float32Array ? Float64Array.from(values) : values;
}

type Read = (id: number) => { readonly values: LaneValues; readonly width: number };

function run(operation: NumberOperation | DiscreteOperation, lane: Read, rows: number): LaneValues {
  const numbers = (id: number) => lane(id) as { readonly values: Float64Array; readonly width: number };
  const flags = (id: number) => lane(id) as { readonly values: Uint8Array; readonly width: number };
  switch (operation.op) {
    case "constant":
      return repeated(operation.values, rows);
    case "add":
    case "subtract":
    case "multiply":
    case "divide": {
      const [a, b] = even(numbers(operation.a), numbers(operation.b));
      return arithmetic(operation.op, a, b);
    }
    case "less":
    case "atLeast": {
      const [a, b] = even(numbers(operation.a), numbers(operation.b));
      return comparison(operation.op, a, b);
    }
    case "floor":
      return numbers(operation.of).values.map(Math.floor);
    case "isNaN":
      return areNaN(numbers(operation.of).values);
    case "select": {
      const parts = [flags(operation.where), numbers(operation.yes), numbers(operation.no)] as const;
      const width = Math.max(...parts.map((it) => it.width));
      return selected(widened(parts[0], width), widened(parts[1], width), widened(parts[2], width));
    }
    case "count":
      return counted(numbers(operation.of).values, operation.boundaries);
    case "take":
      return taken(numbers(operation.index).values, operation.table);
    case "oneHot":
      return oneHot(numbers(operation.index).values, operation.size);
    case "join":
      return joined(operation.of.map(numbers), rows);
    case "pick":
      return picked(numbers(operation.of), operation.at);
    default:
      return runDiscrete(operation, lane);
  }
}

function runDiscrete(operation: DiscreteOperation, lane: Read): LaneValues {
  const wholes = (id: number) => lane(id).values as BigInt64Array;
  const texts = (id: number) => lane(id).values as readonly string[];
  switch (operation.op) {
    case "wholeNumber":
      return wholeNumbers(wholes(operation.of));
    case "wholeMissing":
      return wholesMissing(wholes(operation.of));
    case "quotient":
      return quotients(wholes(operation.of), operation.by);
    case "remainder":
      return remainders(wholes(operation.of), operation.by);
    case "wholeHash":
      return wholeHashes(wholes(operation.of), operation.buckets, operation.factors);
    case "wholePosition":
      return wholePositions(wholes(operation.of), operation.keys);
    case "textPosition":
      return textPositions(texts(operation.of), operation.keys);
    case "textHash":
      return textHashes(texts(operation.of), operation.seed);
    case "lower":
      return lowered(texts(operation.of));
    case "fillText":
      return filledTexts(texts(operation.of), lane(operation.where).values as Uint8Array, operation.fill);
    case "grams":
      return gramCounts(texts(operation.of), operation.grams, operation.tokens);
  }
}

type Sized = { readonly values: Float64Array; readonly width: number };

/** Two lanes with as many elements in each row. */
function even(a: Sized, b: Sized): readonly [Float64Array, Float64Array] {
  const width = Math.max(a.width, b.width);
  return [widened(a, width), widened(b, width)];
}
