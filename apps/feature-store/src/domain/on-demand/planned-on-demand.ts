import { type FeatureValue, invalidField } from "@throughline/kernel";
import { ON_DEMAND_LIMITS } from "./expressions.ts";
import { type BoundOutput, type OutputStatus, outputStatus, outputValue, unsigned } from "./program.ts";

/** What is computed of a row that was read, with the places of everything in its vector. */
export interface PlannedOnDemand {
  /** So many values are answered; behind them are those that only on-demand views read. */
  readonly answeredCount: number;
  readonly outputs: readonly PlannedOutput[];
  /** What any of the outputs reads. */
  readonly inputs: readonly PlannedInput[];
  /** Steps that a row takes at most. */
  readonly cost: number;
}

/** One output. */
export interface PlannedOutput {
  /** Place in the vector. */
  readonly index: number;
  /** Place among the on-demand views. */
  readonly viewIndex: number;
  /** Without the name of its view. */
  readonly name: string;
  readonly output: BoundOutput;
  /** Places of what it reads among the inputs. */
  readonly reads: readonly number[];
}

/** One input. */
export interface PlannedInput {
  readonly name: string;
  /** Place in the vector. */
  readonly index: number;
}

/** A value with its status. */
export interface Computed {
  readonly value: FeatureValue;
  readonly status: OutputStatus;
}

/** Fails with INVALID_FIELD, told of the field that has the rows, for more of them than are computed at once. */
export function checkSteps({ cost }: PlannedOnDemand, rowCount: number, field: "rows" | "fields"): void {
  if (rowCount * cost <= ON_DEMAND_LIMITS.steps) return;
  const most = Math.floor(ON_DEMAND_LIMITS.steps / cost);
  throw invalidField(field, `a row takes ${cost} steps of on-demand views: ask for ${most} rows at the most`);
}

/** The values of a row that are answered, with the outputs in their places. */
export function computedRow<V extends Computed>(
  { answeredCount, outputs, inputs }: PlannedOnDemand,
  read: readonly V[],
): readonly (V | Computed)[] {
  const values: Record<string, FeatureValue> = {};
  for (const { name, index } of inputs) values[name] = unsigned(read[index]?.value);
  const answered: (V | Computed)[] = read.slice(0, answeredCount);
  for (const { index, output, reads } of outputs) {
    const value = outputValue(output, values);
    const statuses = value === null ? reads.map((at) => read[inputs[at]?.index ?? 0]?.status ?? "missing") : [];
    answered[index] = { value, status: outputStatus(value, statuses) };
  }
  return answered;
}

/** Values and statuses of rows, by column. */
export interface ComputedColumn {
  readonly values: readonly FeatureValue[];
  readonly statuses: readonly OutputStatus[];
}

/** The same by column: `read` has the columns of the inputs. Gives those of the outputs. */
export function computedColumns(
  { outputs, inputs }: PlannedOnDemand,
  read: readonly ComputedColumn[],
  rowCount: number,
): readonly ComputedColumn[] {
  const made = outputs.map(() => ({ values: [] as FeatureValue[], statuses: [] as OutputStatus[] }));
  for (let row = 0; row < rowCount; row++) {
    const values: Record<string, FeatureValue> = {};
    for (const [at, { name }] of inputs.entries()) values[name] = unsigned(read[at]?.values[row]);
    for (const [i, { output, reads }] of outputs.entries()) {
      const value = outputValue(output, values);
      const statuses = value === null ? reads.map((at) => read[at]?.statuses[row] ?? "missing") : [];
      made[i]?.values.push(value);
      made[i]?.statuses.push(outputStatus(value, statuses));
    }
  }
  return made;
}
