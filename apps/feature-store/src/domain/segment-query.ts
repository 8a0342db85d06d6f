import type { BlobStore } from "@throughline/blobs";
import type { Segment } from "./segment.ts";

/** A column name as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The segments as inputs of a query, each under a name of its own, and SQL that reads them one after the other. */
export interface SegmentRows {
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** `SELECT {columns}, {data version} AS dv FROM ...` over all segments. */
  readonly sql: string;
}

/** Reads some columns of segments; `columns` is SQL. There must be at least one segment. */
export async function segmentRows(
  blobs: Pick<BlobStore, "localFile">,
  segments: readonly Segment[],
  columns: string,
): Promise<SegmentRows> {
  const named = await Promise.all(
    segments.map(async (it) => [`segment${it.dataVersion}`, await blobs.localFile(it.digest)] as const),
  );
  const parts = segments.map(
    (it) => `SELECT ${columns}, ${it.dataVersion}::BIGINT AS dv FROM segment${it.dataVersion}`,
  );
  return {
    inputs: Object.fromEntries(named.map(([name, path]) => [name, [path]])),
    sql: parts.join(" UNION ALL "),
  };
}
