import type { ExpressionType } from "@throughline/expressions";

/** What a column has. `any` is what nothing is known of; `other` are texts of bytes and lists, which nothing here can use. */
export type ColumnType = ExpressionType | "timestamp" | "other" | "any";

/** One named column of a row. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a node gives: the columns of one row, or scores. */
export type OutputType =
  | { readonly gives: "features"; readonly columns: readonly Column[] }
  | { readonly gives: "scores"; readonly width: number };

export const features = (columns: readonly Column[]): OutputType => ({ gives: "features", columns });

export const scores = (width: number): OutputType => ({ gives: "scores", width });

/** Columns that expressions can refer to, by name. */
export const variablesOf = (columns: readonly Column[]): Readonly<Record<string, ExpressionType>> =>
  Object.fromEntries(columns.flatMap(({ name, type }) => (isExpressionType(type) ? [[name, type] as const] : [])));

const isExpressionType = (type: ColumnType): type is ExpressionType =>
  type === "double" || type === "int" || type === "bool" || type === "string";

/** Columns that have no place in a vector of numbers. */
export const isNumeric = ({ type }: Column): boolean => type !== "string" && type !== "timestamp" && type !== "other";
