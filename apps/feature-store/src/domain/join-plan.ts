import type {
  AggregateView,
  Aggregation,
  JoinPlan,
  KeyPair,
  LatestView,
  Column as TableColumn,
  ViewInput,
  WindowView,
} from "@throughline/tables";
import type { BoundSelection, BoundService } from "./feature-service.ts";
import type { AggregateFeature, Feature } from "./feature-view.ts";
import type { FileColumns } from "./segment.ts";
import { SEGMENT_COLUMNS } from "./source.ts";
import { featureName } from "./view-selection.ts";
import { aggregateOf, isRunningTotal } from "./window-feature.ts";

/** Where the rows of a join lie. */
export interface JoinFiles {
  readonly spine: string;
  readonly spineColumns: readonly string[];
  readonly cutoffColumn: string;
  /** The files of each source, by its id. */
  readonly segments: ReadonlyMap<string, SourceFiles>;
}

/** The files of a source's segments. */
export interface SourceFiles {
  /** Oldest first, at least one. */
  readonly paths: readonly string[];
  /** All columns, where some file lacks some of them. */
  readonly fileColumns?: readonly TableColumn[];
}

/** Files that are there, as far as the join has to know them. `columns` are those of the source's segments. */
export const sourceFiles = (
  paths: readonly string[],
  files: readonly FileColumns[],
  columns: readonly TableColumn[],
): SourceFiles => ({ paths, ...(files.some((it) => it.lacks) && { fileColumns: columns }) });

/**
 * The point-in-time join of a feature service with a spine: one input for the latest values of each view, and one or
 * two for each length of window. Pure.
 */
export function joinPlan({ views }: Pick<BoundService, "views">, files: JoinFiles): JoinPlan {
  const { spine, spineColumns, cutoffColumn } = files;
  return {
    spine: { segments: [spine], cutoffColumn, columns: spineColumns },
    views: views.flatMap((it) => viewInputs(it, files.segments.get(it.view.source) ?? NO_FILES)),
  };
}

const NO_FILES: SourceFiles = { paths: [] };

function viewInputs(selection: BoundSelection, { paths: segments, fileColumns }: SourceFiles): readonly ViewInput[] {
  const { view, features, keys } = selection;
  const name = `${view.id}@${view.version}`;
  const input = {
    segments,
    ...(fileColumns && { fileColumns }),
    keys: keys.map((it): KeyPair => ({ spineColumn: it.field, viewColumn: it.column })),
    eventTimeColumn: SEGMENT_COLUMNS.eventTime,
    knowledgeTimeColumn: SEGMENT_COLUMNS.knowledgeTime,
  };
  const as = (feature: Feature): string => featureName(view.id, feature.name);
  const columns = features.flatMap((it) => (it.kind === "column" ? [{ name: it.column, as: as(it) }] : []));
  const latest: LatestView[] =
    columns.length > 0 ? [{ kind: "latest", name, ...input, ttlNs: view.ttlNs, columns }] : [];
  const windows = Map.groupBy(
    features.filter((it) => it.kind === "aggregate"),
    (it) => it.windowNs,
  );
  const aggregates = [...windows].flatMap(([windowNs, ofWindow]): ViewInput[] => {
    const plain = ofWindow.flatMap((it) => plainAggregation(it, as(it)) ?? []);
    const others = ofWindow.filter((it) => plainAggregation(it, as(it)) === undefined);
    const first: AggregateView = {
      kind: "aggregate",
      name: `${name}/${windowNs}`,
      ...input,
      windowNs,
      aggregations: plain,
    };
    const second: WindowView = {
      kind: "window",
      name: `${name}/${windowNs}/states`,
      ...input,
      windowNs,
      aggregates: others.map((it) => ({ aggregate: aggregateOf(it), column: it.column, as: as(it) })),
    };
    return [...(plain.length > 0 ? [first] : []), ...(others.length > 0 ? [second] : [])];
  });
  return [...latest, ...aggregates];
}

/** The aggregate as the engines compute it by themselves; undefined if it takes the states of libs/windows. */
function plainAggregation(feature: AggregateFeature, as: string): Aggregation | undefined {
  const { function: computes, column, columnType } = feature;
  if (computes === "count") return { function: computes, column: undefined, as };
  if (computes === "sum" || computes === "mean")
    return isRunningTotal(feature) ? { function: computes, column, as } : undefined;
  return (computes === "min" || computes === "max") && columnType === "int64"
    ? { function: computes, column, as }
    : undefined;
}
