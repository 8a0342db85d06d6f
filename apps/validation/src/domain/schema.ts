import { canonicalJson, type Digest, invalidField, type Json } from "@throughline/kernel";
import type { ValueType } from "./statistics.ts";

/** Distances between two distributions, in the words of `throughline.validation.v1.Distance` without its prefix. */
export const DISTANCES = [
  "JENSEN_SHANNON",
  "L_INFINITY",
  "POPULATION_STABILITY",
  "KOLMOGOROV_SMIRNOV",
  "WASSERSTEIN",
] as const;

export type Distance = (typeof DISTANCES)[number];

/** What data is expected to look like. */
export interface Schema {
  readonly name: string;
  readonly digest: Digest;
  readonly columns: readonly ColumnSchema[];
  readonly createTimeMs: number;
}

/** What one column is expected to look like. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: ValueType;
  readonly minPresentShare: number;
  readonly min?: number;
  readonly max?: number;
  /** Values of text that are allowed. Empty: any. */
  readonly domain: readonly string[];
  readonly minDomainMass: number;
  readonly driftLimit?: DistanceLimit;
}

export interface DistanceLimit {
  readonly distance: Distance;
  readonly limit: number;
}

/** Columns of these types have statistics of numbers. */
export const isNumeric = (type: ValueType): boolean =>
  type === "BOOL" || type === "INT64" || type === "FLOAT64" || type === "TIMESTAMP";

/** The distances that apply to a type. */
export function distancesOf(type: ValueType): readonly Distance[] {
  if (type === "STRING") return ["JENSEN_SHANNON", "L_INFINITY", "POPULATION_STABILITY"];
  return isNumeric(type) ? ["KOLMOGOROV_SMIRNOV", "JENSEN_SHANNON", "POPULATION_STABILITY", "WASSERSTEIN"] : [];
}

/**
 * The limits that hold where nobody gave others: a Kolmogorov-Smirnov distance of 0.1 for numbers, which is a shift of a
 * quarter of a standard deviation of normal values, and a Jensen-Shannon divergence of 0.01 for text. Times have none,
 * since they move on by themselves.
 */
export function usualLimit(type: ValueType): DistanceLimit | undefined {
  if (type === "STRING") return { distance: "JENSEN_SHANNON", limit: 0.01 };
  return isNumeric(type) && type !== "TIMESTAMP" ? { distance: "KOLMOGOROV_SMIRNOV", limit: 0.1 } : undefined;
}

/** The bytes that a schema is addressed by. */
export const schemaText = (columns: readonly ColumnSchema[]): string =>
  canonicalJson(columns.map((it): Json => ({ ...it, driftLimit: it.driftLimit ? { ...it.driftLimit } : null })));

/** Refuses columns that contradict themselves, each with the path of its field. */
export function checkSchema(columns: readonly ColumnSchema[]): void {
  const seen = new Set<string>();
  for (const [i, column] of columns.entries()) {
    const path = `schema.columns[${i}]`;
    if (seen.has(column.name)) throw invalidField(`${path}.name`, `"${column.name}" is there twice`);
    seen.add(column.name);
    checkRange(column, path);
    if (column.domain.length > 0 && column.type !== "STRING") {
      throw invalidField(`${path}.domain`, `a ${column.type} column has no domain; only text has`);
    }
    if (column.driftLimit && !distancesOf(column.type).includes(column.driftLimit.distance)) {
      const known = distancesOf(column.type).join(", ") || "none";
      throw invalidField(
        `${path}.drift_limit.distance`,
        `does not apply to ${column.type} columns; these do: ${known}`,
      );
    }
    if (column.driftLimit && !Number.isFinite(column.driftLimit.limit)) {
      throw invalidField(
        `${path}.drift_limit.limit`,
        "is not a finite number. Leave the limit out to compare nothing.",
      );
    }
  }
}

function checkRange({ type, min, max }: ColumnSchema, path: string): void {
  for (const [field, value] of [["min", min] as const, ["max", max] as const]) {
    if (value === undefined) continue;
    if (!isNumeric(type)) throw invalidField(`${path}.${field}`, `a ${type} column has no range; only numbers have`);
    if (!Number.isFinite(value)) throw invalidField(`${path}.${field}`, `${value} is no limit. Leave it out for none.`);
  }
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidField(`${path}.min`, `${min} is above max, which is ${max}`);
  }
}
