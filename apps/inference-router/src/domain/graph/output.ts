import type { Feature } from "../features.ts";

/** What a node gives: named columns of one row, or numbers. */
export type NodeOutput =
  | { readonly type: "features"; readonly columns: FeatureColumns }
  | { readonly type: "scores"; readonly scores: readonly number[] };

/** The columns of one row, in their order. */
export type FeatureColumns = ReadonlyMap<string, Feature>;

/** A column without a value. */
export const MISSING: Feature = { value: null, status: "missing" };

export const scoresOutput = (scores: readonly number[]): NodeOutput => ({ type: "scores", scores });

export const featuresOutput = (columns: FeatureColumns): NodeOutput => ({ type: "features", columns });

/** A row as columns. */
export const columnsOfRow = (names: readonly string[], row: readonly Feature[]): FeatureColumns =>
  new Map(names.map((name, i) => [name, row[i] ?? MISSING]));
