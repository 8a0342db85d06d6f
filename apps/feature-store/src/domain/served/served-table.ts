import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { BoundService } from "../feature-service.ts";
import { quoted } from "../segment-query.ts";
import { SQL_TYPES, type ValueType } from "../value-type.ts";
import type { ServedPredictions } from "./serving-log.ts";

/** What a row of served features says beside them, by the name in the file of predictions. */
const OWN_COLUMNS = ["prediction", "as_of", "time", "actual", "actual_time"] as const;

export type OwnColumn = (typeof OWN_COLUMNS)[number];

const OWN_TYPES: Readonly<Record<OwnColumn, ValueType>> = {
  prediction: "string",
  as_of: "timestamp",
  time: "timestamp",
  actual: "float64",
  actual_time: "timestamp",
};

/** The columns of a table of served rows: our own, then the features in the service's order and under its names. */
export interface ServedColumns {
  /** What ours are called: `log__{name}` where a feature has the name. */
  readonly own: Readonly<Record<OwnColumn, string>>;
  readonly all: readonly { readonly name: string; readonly type: ValueType }[];
}

export function servedColumns({ features }: Pick<BoundService, "features">): ServedColumns {
  const taken = new Set(features.map((it) => it.name.toLowerCase()));
  const nameOf = (own: OwnColumn): string => (taken.has(own) ? `log__${own}` : own);
  const own = Object.fromEntries(OWN_COLUMNS.map((it) => [it, nameOf(it)])) as Record<OwnColumn, string>;
  return {
    own,
    all: [
      ...OWN_COLUMNS.map((it) => ({ name: own[it], type: OWN_TYPES[it] })),
      ...features.map((it) => ({ name: it.name, type: it.from === "view" ? it.feature.type : it.type })),
    ],
  };
}

/** SQL of a column under another name, as the type that its definition says: a column without any value has none of its own. */
export const typed = (column: string, type: ValueType, as: string): string =>
  `CAST(${quoted(column)} AS ${SQL_TYPES[type]}) AS ${quoted(as)}`;

/** Where the rows are, and where they go. */
export interface ServedFiles {
  /** Path of the file of predictions. */
  readonly predictions: string;
  readonly output: string;
  readonly signal: AbortSignal;
}

/** Writes the logged vectors as rows of a training set, in the log's order. */
export function writeServedRows(
  tables: Pick<TableEngine, "writeQuery">,
  { columns, served }: { readonly columns: ServedColumns; readonly served: ServedPredictions },
  { predictions, output, signal }: ServedFiles,
): Promise<WrittenTable> {
  const inputs = [...OWN_COLUMNS, ...served.featureColumns];
  const selected = columns.all.map(({ name, type }, i) => typed(inputs[i] as string, type, name));
  const sql = `SELECT ${selected.join(", ")} FROM predictions`;
  return tables.writeQuery({ sql, inputs: { predictions: [predictions] }, output }, { signal });
}
