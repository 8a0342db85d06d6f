import { createHash } from "node:crypto";
import { canonicalJson, canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import type { FeatureView } from "./feature-view.ts";

/**
 * What of a view is kept online. It follows from where the values come from alone, so that versions of a view that differ
 * in ttl, windows or words share their entries, and a new one of them is online at once.
 */
export interface OnlineLayout {
  /** Names the layout in notes and in series. */
  readonly id: string;
  readonly project: string;
  readonly source: string;
  /** Columns of the source that hold the entity's keys, in the entity's order. */
  readonly keyColumns: readonly string[];
  /** Columns whose latest values are kept. */
  readonly latestColumns: readonly string[];
  /** Columns whose sums are kept; undefined if no feature is an aggregate. */
  readonly sumColumns: readonly string[] | undefined;
}

export function onlineLayout(view: FeatureView): OnlineLayout {
  const { project, source, features } = view;
  const keyColumns = view.keys.map((it) => it.column);
  const latestColumns = distinct(features.filter((it) => it.kind === "column").map((it) => it.column));
  const aggregates = features.filter((it) => it.kind === "aggregate");
  const summed = distinct(aggregates.filter((it) => it.function !== "count").map((it) => it.column));
  const sumColumns = aggregates.length > 0 ? summed : undefined;
  const text = canonicalJson({ project, source, keyColumns, latestColumns, sumColumns: sumColumns ?? null });
  const id = createHash("sha256").update(text).digest("hex").slice(0, 24);
  return { id, project, source, keyColumns, latestColumns, sumColumns };
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Which values of an entity a series holds. */
export type SeriesKind = "latest" | "sums";

/** The series of one entity. Typed keys never meet: `1`, `"1"` and true have different canonical bytes. */
export function seriesOf(
  layout: Pick<OnlineLayout, "id">,
  kind: SeriesKind,
  keys: readonly FeatureValue[],
): Uint8Array {
  return Buffer.concat([Buffer.from(layout.id, "hex"), Buffer.of(kind === "latest" ? 0 : 1), canonicalRowBytes(keys)]);
}
