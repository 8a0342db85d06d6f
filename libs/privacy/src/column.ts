import type { FeatureValue } from "@throughline/kernel";

/** The types of columns that a policy can treat. */
export type ColumnType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/** A named and typed column of a table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One row: a value for each column, in the order of the columns. */
export type Row = readonly FeatureValue[];
