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
  onDemand: PlannedOnDemand,
  read: readonly V[],
): readonly (V | Computed)[] {
  const { answeredCount, outputs, inputs } = onDemand;
  const answered: (V | Computed)[] = read.slice(0, answeredCount);
  const computed = computedOutputs(onDemand, (at) => read[inputs[at]?.index ?? 0] ?? NOTHING);
  for (const [i, { index }] of outputs.entries()) answered[index] = computed[i] ?? NOTHING;
  return answered;
}

const NOTHING: Computed = { value: null, status: "missing" };

/** The outputs of a row, whose inputs are given by their places. */
function computedOutputs(
  { outputs, inputs }: PlannedOnDemand,
  inputAt: (place: number) => Computed,
): readonly Computed[] {
  const given = inputs.map((_, at) => inputAt(at));
  const values: Record<string, FeatureValue> = {};
  for (const [at, { name }] of inputs.entries()) values[name] = unsigned(given[at]?.value);
  return outputs.map(({ output, reads }) => {
    const value = outputValue(output, values);
    const statuses = value === null ? reads.map((at) => given[at]?.status ?? "missing") : [];
    return { value, status: outputStatus(value, statuses) };
  });
}

/** Values and statuses of rows, by column. */
export interface ComputedColumn {
  readonly values: readonly FeatureValue[];
  readonly statuses: readonly OutputStatus[];
}

/** The same by column: `read` has the columns of the inputs. Gives those of the outputs. */
export function computedColumns(
  onDemand: PlannedOnDemand,
  read: readonly ComputedColumn[],
  rowCount: number,
): readonly ComputedColumn[] {
  const rows = Array.from({ length: rowCount }, (_, row) =>
    computedOutputs(onDemand, (at) => ({
      value: read[at]?.values[row] ?? null,
      status: read[at]?.statuses[row] ?? "missing",
    })),
  );
  return onDemand.outputs.map((_, i) => ({
    values: rows.map((it) => it[i]?.value ?? null),
    statuses: rows.map((it) => it[i]?.status ?? "missing"),
  }));
}
