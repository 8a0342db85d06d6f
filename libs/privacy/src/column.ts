import type { FeatureValue } from "@throughline/kernel";

type ScalarType = "bool" | "int64" | "float64" | "string" | "bytes" | "timestamp";

/** The types of columns. Lists can be kept, left out, blanked and pseudonymised as a whole. */
export type ColumnType = ScalarType | `list<${ScalarType}>`;

/** A named and typed column of a table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One row: a value for each column, in the order of the columns. */
export type Row = readonly FeatureValue[];
