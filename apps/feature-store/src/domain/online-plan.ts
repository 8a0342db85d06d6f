import type { Aggregate } from "@throughline/windows";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import type { AggregateFeature } from "./feature-view.ts";
import type { PlannedOnDemand as Computing } from "./on-demand/planned-on-demand.ts";
import { costOf } from "./on-demand/program.ts";
import { type KeptAs, keptAs, type OnlineLayout, onlineLayout, tilePlaces } from "./online-layout.ts";
import type { ValueType } from "./value-type.ts";
import { featureName } from "./view-selection.ts";
import { aggregateOf, isWholeType } from "./window-feature.ts";

/** A feature service made ready for reading online: made once, used for every request. */
export interface OnlinePlan {
  /** Width of a vector as it is read: the features, and behind them what only on-demand views read. */
  readonly featureCount: number;
  readonly views: readonly PlannedView[];
  /** Place in the vector of each request feature. */
  readonly requestFeatures: readonly { readonly index: number; readonly name: string }[];
  /** The features of views, in the order of the vector. */
  readonly columns: readonly PlannedColumn[];
  /** Undefined for a service without on-demand views, as most are: nothing is computed. */
  readonly onDemand?: PlannedOnDemand;
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

/** What on-demand views compute of a vector. */
export interface PlannedOnDemand extends Computing {
  readonly inputs: readonly (Computing["inputs"][number] & {
    /** Left out for what comes with the request. */
    readonly column?: PlannedColumn;
  })[];
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
  const places = placesIn(bound);
  const fields = new Map<string, PlannedField>();
  for (const { keys } of bound.views)
    for (const { field: name, type } of keys) fields.set(name, { name, type, isKey: true });
  const { requestFeatures } = bound.service;
  for (const { name, type } of requestFeatures) fields.set(name, { name, type, isKey: fields.has(name) });
  const onDemand = plannedOnDemand(bound, places);
  return {
    featureCount: places.size,
    views: bound.views.map((it) => plannedView(it, places)),
    requestFeatures: requestFeatures.map(({ name }) => ({ index: places.get(name) ?? 0, name })),
    columns: plannedColumns(bound, places).filter((it) => it.index < bound.features.length),
    fields: [...fields.values()],
    ...(onDemand && { onDemand }),
  };
}

type Places = ReadonlyMap<string, number>;

/** Place in the vector of everything that is read or computed, the features of the service first. */
function placesIn({ views, features, service }: BoundService): Places {
  const places = new Map(features.map((it, i) => [it.name, i]));
  const read = [
    ...views.flatMap((it) => it.features.map((feature) => featureName(it.view.id, feature.name))),
    ...service.requestFeatures.map((it) => it.name),
  ];
  for (const name of read) if (!places.has(name)) places.set(name, places.size);
  return places;
}

/** What is read of views, in the order of the vector. */
const plannedColumns = ({ views }: BoundService, places: Places): readonly PlannedColumn[] =>
  views
    .flatMap(({ view, features }, viewIndex) =>
      features.map(({ name, type }) => ({ index: places.get(featureName(view.id, name)) ?? 0, viewIndex, name, type })),
    )
    .sort((a, b) => a.index - b.index);

function plannedOnDemand(bound: BoundService, places: Places): PlannedOnDemand | undefined {
  const made = bound.features.flatMap((it, index) => (it.from === "onDemand" ? [{ index, output: it }] : []));
  if (made.length === 0) return undefined;
  const names = [...new Set(made.flatMap((it) => it.output.expression.variables))];
  const columns = new Map(plannedColumns(bound, places).map((it) => [it.index, it]));
  return {
    answeredCount: bound.features.length,
    cost: costOf(made.map((it) => it.output)),
    inputs: names.map((name) => {
      const index = places.get(name) ?? 0;
      const column = columns.get(index);
      return { name, index, ...(column && { column }) };
    }),
    outputs: made.map(({ index, output }) => ({
      index,
      viewIndex: bound.onDemandViews.indexOf(output.view),
      name: output.name.slice(featureName(output.view.id, "").length),
      output,
      reads: output.expression.variables.map((it) => names.indexOf(it)),
    })),
  };
}

function plannedView({ view, keys, features }: BoundSelection, places: Places): PlannedView {
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
