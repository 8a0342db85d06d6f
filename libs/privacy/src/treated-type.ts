import type { ColumnType } from "./column.ts";
import type { Treatment } from "./policy.ts";

/** The type of a column after a treatment; undefined if the treatment has nothing to do with columns of that type. */
export function treatedType(treatment: Treatment, type: ColumnType): ColumnType | undefined {
  switch (treatment.kind) {
    case "keep":
    case "drop":
    case "blank":
      return type;
    case "pseudonym":
      return "string";
    case "format_preserving":
      return type === "string" || type === "int64" ? type : undefined;
    case "range":
      return type === "float64" || type === "int64" ? "string" : undefined;
    case "calendar":
      return type === "timestamp" ? type : undefined;
    case "prefix":
    case "hierarchy":
      return type === "string" ? type : undefined;
    case "laplace":
    case "gaussian":
      return type === "float64" || type === "int64" ? type : undefined;
  }
}
