import { createHash } from "node:crypto";
import { canonicalJson, canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { type ColumnState, columnStates, TILE_LENGTHS_NS } from "@throughline/windows";
import type { AggregateFeature, FeatureView } from "./feature-view.ts";
import type { ValueType } from "./value-type.ts";
import { aggregateOf, isRunningTotal, isWholeType } from "./window-feature.ts";

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
  /** Their types, in the same order. They never change, and so take no part in the id. */
  readonly keyTypes: readonly ValueType[];
  /** Columns whose latest values are kept. */
  readonly latestColumns: readonly string[];
  /** Columns whose sums of whole numbers are kept; undefined if no feature is an aggregate. */
  readonly sumColumns: readonly string[] | undefined;
  /** Columns whose exact sums of any numbers are kept, in the same series. */
  readonly exactColumns: readonly ExactColumn[];
  /** What is kept for aggregates that cannot be taken back from a longer window; undefined if there are none. */
  readonly tiles: TileLayout | undefined;
}

/** A column whose values, and squares if they are asked for, are added up exactly. */
export interface ExactColumn {
  readonly name: string;
  readonly withSquares: boolean;
}

/** Rows and tiles of them: windows are put together from whole tiles and the rows at their ends. */
export interface TileLayout {
  readonly columns: readonly string[];
  /** Of these columns. */
  readonly states: readonly ColumnState[];
}

/** How an aggregate is kept online. */
export type KeptAs = "total" | "exact" | "tiles";

export function keptAs(feature: AggregateFeature): KeptAs {
  if (isRunningTotal(feature)) return "total";
  const computes = feature.function;
  const isSum = computes === "sum" || computes === "mean";
  return isSum || computes === "variance" || computes === "standardDeviation" ? "exact" : "tiles";
}

/** What is kept in tiles for a view, and for each of its features that is put together from them the place of its state. */
function tiledFeatures(view: Pick<FeatureView, "features">) {
  const features = view.features.filter(
    (it): it is AggregateFeature => it.kind === "aggregate" && keptAs(it) === "tiles",
  );
  const columns = distinct(features.map((it) => it.column));
  const { states, places } = columnStates(
    features.map((it) => ({
      column: columns.indexOf(it.column),
      aggregate: aggregateOf(it),
      isWhole: isWholeType(it.columnType),
    })),
  );
  return { columns, states, places: new Map(features.map((it, i) => [it.name, places[i] ?? -1])) };
}

/** The place of the state in tiles, by the name of the feature. */
export const tilePlaces = (view: Pick<FeatureView, "features">): ReadonlyMap<string, number> =>
  tiledFeatures(view).places;

export function onlineLayout(view: FeatureView): OnlineLayout {
  const { project, source, features } = view;
  const keyColumns = view.keys.map((it) => it.column);
  const keyTypes = view.keys.map((it) => it.type);
  const latestColumns = distinct(features.filter((it) => it.kind === "column").map((it) => it.column));
  const aggregates = features.filter((it) => it.kind === "aggregate");
  const totals = aggregates.filter((it) => keptAs(it) === "total" && it.function !== "count");
  const sumColumns = aggregates.length > 0 ? distinct(totals.map((it) => it.column)) : undefined;
  const exactColumns = exactColumnsOf(aggregates.filter((it) => keptAs(it) === "exact"));
  const { columns, states } = tiledFeatures(view);
  const tiles = states.length > 0 ? { columns, states } : undefined;
  const text = canonicalJson({
    project,
    source,
    keyColumns,
    latestColumns,
    sumColumns: sumColumns ?? null,
    // Layouts of before there were these keep their names, and so their entries.
    ...(exactColumns.length > 0 && { exactColumns: exactColumns.map((it) => ({ ...it })) }),
    ...(tiles && {
      tiles: { columns, states: states.map((it) => ({ ...it })), lengthsNs: TILE_LENGTHS_NS.map(String) },
    }),
  });
  const id = createHash("sha256").update(text).digest("hex").slice(0, 24);
  return { id, project, source, keyColumns, keyTypes, latestColumns, sumColumns, exactColumns, tiles };
}

function exactColumnsOf(features: readonly AggregateFeature[]): readonly ExactColumn[] {
  const needsSquares = (it: AggregateFeature): boolean =>
    it.function === "variance" || it.function === "standardDeviation";
  return [...Map.groupBy(features, (it) => it.column)].map(([name, of]) => ({
    name,
    withSquares: of.some(needsSquares),
  }));
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Which values of an entity a series holds. A number is the place of a length of tiles. */
export type SeriesKind = "latest" | "sums" | "rows" | number;

/** Series of tiles come behind those that have a name. */
const SERIES = { latest: 0, sums: 1, rows: 2 } as const;
const FIRST_TILES = 3;

/** The kinds of series of one entity that a layout has. */
export const seriesKinds = ({ latestColumns, sumColumns, tiles }: OnlineLayout): readonly SeriesKind[] => [
  ...(latestColumns.length > 0 ? ["latest" as const] : []),
  ...(sumColumns ? ["sums" as const] : []),
  ...(tiles ? ["rows" as const, ...TILE_LENGTHS_NS.keys()] : []),
];

/** The series of one entity. Typed keys never meet: `1`, `"1"` and true have different canonical bytes. */
export function seriesOf(
  layout: Pick<OnlineLayout, "id">,
  kind: SeriesKind,
  keys: readonly FeatureValue[],
): Uint8Array {
  const [only] = keys;
  if (typeof only === "bigint" && keys.length === 1) return seriesOfKeys(layout, kind, wholeBytes(only));
  return seriesOfKeys(layout, kind, canonicalRowBytes(keys));
}

/** Canonical bytes of a whole number, the most frequent key; the next call writes over them. */
function wholeBytes(value: bigint): Uint8Array {
  if (BigInt.asIntN(64, value) !== value) return canonicalRowBytes([value]);
  WHOLE_VIEW.setBigInt64(1, value, true);
  return WHOLE;
}

const WHOLE = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0);
const WHOLE_VIEW = new DataView(WHOLE.buffer);

/** The same for keys that are canonical bytes already. */
export function seriesOfKeys(layout: Pick<OnlineLayout, "id">, kind: SeriesKind, keys: Uint8Array): Uint8Array {
  const id = idBytes(layout.id);
  const series = Buffer.allocUnsafe(id.length + 1 + keys.length);
  series.set(id, 0);
  series[id.length] = typeof kind === "number" ? FIRST_TILES + kind : SERIES[kind];
  series.set(keys, id.length + 1);
  return series;
}

/** Ids that were asked for: as many as there are layouts. */
const idsInBytes = new Map<string, Buffer>();
const IDS_MAX = 10_000;

function idBytes(id: string): Buffer {
  const known = idsInBytes.get(id);
  if (known) return known;
  if (idsInBytes.size >= IDS_MAX) idsInBytes.clear();
  const made = Buffer.from(id, "hex");
  idsInBytes.set(id, made);
  return made;
}
