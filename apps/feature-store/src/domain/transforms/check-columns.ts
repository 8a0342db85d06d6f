import type { ColumnType } from "@throughline/tables";
import type { RawColumn } from "@throughline/transforms";
import { problems } from "../problems.ts";
import type { TrainingSet } from "../training-set.ts";

/** Which type of a table each type of a raw column is read from. A float32 is the float64 of the table, rounded. */
const TABLE_TYPES: Readonly<Record<RawColumn["type"], ColumnType>> = {
  float64: "float64",
  float32: "float64",
  int64: "int64",
  boolean: "bool",
  timestamp: "timestamp",
  string: "string",
};

/**
 * Checks that a training set has the raw columns, and that they are features: labels and what else a spine carries along are not
 * there when a prediction is made. `path` names the request's field. Fails with INVALID_FIELD and everything that is wrong.
 */
export function checkRawColumns(
  columns: readonly RawColumn[],
  {
    trainingSet,
    features,
    path,
  }: {
    readonly trainingSet: TrainingSet;
    /** Of the training set's feature service. */
    readonly features: readonly string[];
    readonly path: string;
  },
): void {
  const wrong = problems();
  const known = new Map(trainingSet.columns.map((it) => [it.name, it.type]));
  const all = new Set(features);
  for (const { name, type } of columns) {
    const found = known.get(name);
    if (trainingSet.labelColumns.includes(name))
      wrong.add(path, `"${name}" is a label of the training set, which is not known when a prediction is made`);
    else if (found === undefined) wrong.add(path, `the training set has no column "${name}"`);
    else if (!all.has(name))
      wrong.add(path, `"${name}" is no feature of ${trainingSet.featureService}, so that serving would not have it`);
    else if (found !== TABLE_TYPES[type])
      wrong.add(path, `"${name}" is ${found} in the training set; ${type} is made of ${TABLE_TYPES[type]}`);
  }
  wrong.throwIfAny();
}
