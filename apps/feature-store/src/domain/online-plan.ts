import type { Aggregate } from "@throughline/windows";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import { featureName } from "./feature-service.ts";
import type { AggregateFeature } from "./feature-view.ts";
import { type KeptAs, keptAs, type OnlineLayout, onlineLayout, tilePlaces } from "./online-layout.ts";
import type { ValueType } from "./value-type.ts";
import { aggregateOf, isWholeType } from "./window-feature.ts";

/** A feature service made ready for reading online: made once, used for every request. */
export interface OnlinePlan {
  readonly featureCount: number;
  readonly views: readonly PlannedView[];
  /** Place in the vector of each request feature. */
  readonly requestFeatures: readonly { readonly index: number; readonly name: string }[];
  /** The features that are no request features, in the order of the vector. */
  readonly columns: readonly PlannedColumn[];
  /** Every field that a request may have, with its type. */
  readonly fields: readonly PlannedField[];
}

/** A field of a request. */
export interface PlannedField {
  readonly name: string;
  readonly type: ValueType;
  /** True for a key of some view. */
  readonly isKey: boolean;
}

/** A feature of a view. */
export interface PlannedColumn {
  /** Place in the vector. */
  readonly index: number;
  /** Place among the views. */
  readonly viewIndex: number;
  readonly name: string;
  readonly type: ValueType;
}

/** What is read of one view. */
export interface PlannedView {
  readonly layout: OnlineLayout;
  /** Fields of the request that hold the keys. */
  readonly keyFields: readonly string[];
  readonly ttlNs: bigint | undefined;
  readonly latestColumnCount: number;
  /** Place in the vector and among the layout's latest columns. */
  readonly latest: readonly { readonly index: number; readonly column: number }[];
  readonly windows: readonly PlannedWindow[];
}

/** The aggregates of one length of window. */
export interface PlannedWindow {
  readonly windowNs: bigint;
  readonly features: readonly PlannedAggregate[];
  /** Places of the states of tiles that are read. */
  readonly states: readonly number[];
}

/** One aggregate, with its place in the vector. */
export interface PlannedAggregate {
  readonly name: string;
  readonly index: number;
  readonly aggregate: Aggregate;
  /** True for a column of whole numbers. */
  readonly isWhole: boolean;
  readonly kept: KeptAs;
  /** Place among the layout's columns of whole sums or of exact sums, or among its states; -1 for a count. */
  readonly place: number;
}

export function onlinePlan(bound: BoundService): OnlinePlan {
  const places = new Map(bound.features.map((it, i) => [it.name, i]));
  const viewIndexes = new Map(bound.views.map((it, i) => [it.view.id, i]));
  const fields = new Map<string, PlannedField>();
  for (const { keys } of bound.views)
    for (const { field: name, type } of keys) fields.set(name, { name, type, isKey: true });
  for (const { name, type } of bound.service.requestFeatures) fields.set(name, { name, type, isKey: fields.has(name) });
  return {
    featureCount: bound.features.length,
    views: bound.views.map((it) => plannedView(it, places)),
    requestFeatures: bound.features.flatMap(({ from, name }, index) => (from === "request" ? [{ index, name }] : [])),
    columns: bound.features.flatMap((it, index): PlannedColumn[] => {
      if (it.from === "request") return [];
      const { name, type } = it.feature;
      return [{ index, viewIndex: viewIndexes.get(it.view.id) ?? 0, name, type }];
    }),
    fields: [...fields.values()],
  };
}

function plannedView({ view, keys, features }: BoundSelection, places: ReadonlyMap<string, number>): PlannedView {
  const layout = onlineLayout(view);
  const inTiles = tilePlaces(view);
  const placed = features.map((it) => ({ ...it, index: places.get(featureName(view.id, it.name)) ?? 0 }));
  const windows = Map.groupBy(
    placed.filter((it) => it.kind === "aggregate"),
    (it) => it.windowNs,
  );
  return {
    layout,
    keyFields: keys.map((it) => it.field),
    ttlNs: view.ttlNs,
    latestColumnCount: layout.latestColumns.length,
    latest: placed
      .filter((it) => it.kind === "column")
      .map(({ index, column }) => ({ index, column: layout.latestColumns.indexOf(column) })),
    windows: [...windows].map(([windowNs, ofWindow]): PlannedWindow => {
      const planned = ofWindow.map((it): PlannedAggregate => {
        const { name, index } = it;
        const [kept, place] = [keptAs(it), placeIn(layout, inTiles, it)];
        return { name, index, aggregate: aggregateOf(it), isWhole: isWholeType(it.columnType), kept, place };
      });
      const states = planned.filter((it) => it.kept === "tiles").map((it) => it.place);
      return { windowNs, features: planned, states: [...new Set(states)] };
    }),
  };
}

/** Where an aggregate of a view is kept; see PlannedAggregate. */
function placeIn(layout: OnlineLayout, inTiles: ReadonlyMap<string, number>, feature: AggregateFeature): number {
  switch (keptAs(feature)) {
    case "total":
      return layout.sumColumns?.indexOf(feature.column) ?? -1;
    case "exact":
      return layout.exactColumns.findIndex((it) => it.name === feature.column);
    case "tiles":
      return inTiles.get(feature.name) ?? -1;
  }
}
