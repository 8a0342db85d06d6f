import type { FeatureValue } from "@throughline/kernel";
import type { FoundColumn, Row } from "@throughline/tables";
import type { Entity } from "../features.ts";
import { type Batch, columnsUnfit } from "./batch.ts";

/** What is asked for one row. */
export interface BatchRow {
  /** Entity keys and request features; only fields that answers depend on if the row brings its vector. */
  readonly entity: Entity;
  readonly asOfNs: bigint;
  /** The release's features in its order, if the row brings them. */
  readonly vector?: readonly FeatureValue[];
}

/** What a release makes of rows. */
export interface BatchShape {
  /** In the order of the model's vector. */
  readonly features: readonly string[];
  /** Fields of requests that answers depend on beside the features. */
  readonly fields: readonly string[];
  /** Names of the columns that are added. */
  readonly added: readonly string[];
}

/** How rows are made of columns. */
export interface BatchColumns {
  /** The columns that are read, in order. */
  readonly names: readonly string[];
  rowOf(values: Row): BatchRow;
}

/**
 * Which columns of the input a batch reads. Columns of types that no feature has are carried along and not read. Fails with
 * BATCH_COLUMNS_UNFIT and all that is wrong: a column to be added that exists, an `as_of` that is no timestamp, features without a column.
 */
export function batchColumns(
  batch: Batch,
  found: readonly FoundColumn[],
  { features, fields, added }: BatchShape,
): BatchColumns {
  const { asOfColumn, vectors, asOfNs } = batch;
  const types = new Map(found.map((it) => [it.name, it.type]));
  const problems = [
    ...added
      .map((name) => batch.columnPrefix + name)
      .filter((it) => types.has(it))
      .map((it) => `"${it}" is there already: choose another column_prefix`),
    ...(asOfColumn === "" || types.get(asOfColumn) === "timestamp"
      ? []
      : [`"${asOfColumn}" is no column of timestamps`]),
    ...(vectors ? features : [])
      .filter((it) => types.get(it) === undefined)
      .map((it) => `the feature "${it}" has no column${types.has(it) ? " of a known type" : ""}`),
  ];
  if (problems.length > 0) throw columnsUnfit(problems);
  const own = asOfColumn === "" ? [] : [asOfColumn];
  const readable = found.filter((it) => it.type !== undefined && it.name !== asOfColumn).map((it) => it.name);
  const others = fields.filter((it) => !features.includes(it) && readable.includes(it));
  const values = vectors ? [...features, ...others] : readable;
  return {
    names: [...values, ...own],
    rowOf(row) {
      const instant = own.length === 0 ? null : (row[values.length] ?? null);
      const rowAsOfNs = instant !== null && typeof instant === "object" && "ns" in instant ? instant.ns : asOfNs;
      const named = (names: readonly string[], from: number): Entity =>
        Object.fromEntries(names.map((name, i) => [name, row[from + i] ?? null]));
      if (!vectors) return { entity: named(values, 0), asOfNs: rowAsOfNs };
      const entity = named(others, features.length);
      return { entity, asOfNs: rowAsOfNs, vector: row.slice(0, features.length) };
    },
  };
}
