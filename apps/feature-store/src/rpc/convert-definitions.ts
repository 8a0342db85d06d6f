import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type Entity as EntityMessage,
  EntitySchema,
  type Feature as FeatureMessage,
  type FeatureSchema,
  type FeatureView as FeatureViewMessage,
  FeatureViewSchema,
  type Source as SourceMessage,
  SourceSchema,
  AggregateFunction as WireFunction,
  SourceKind as WireSourceKind,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { durationToNs, fromMs } from "@throughline/rpc";
import type { Described } from "../domain/description.ts";
import type { Entity, EntityDefinition } from "../domain/entity.ts";
import type { Feature, FeatureDefinition, FeatureView } from "../domain/feature-view.ts";
import { entityName, sourceName, viewName } from "../domain/names.ts";
import type { ViewDefinition } from "../domain/plan-definition.ts";
import { type Problems, problems } from "../domain/problems.ts";
import type { Segment } from "../domain/segment.ts";
import {
  type Source,
  type SourceDefinition,
  type SourceKind,
  sourceVersion,
  type WantedSource,
} from "../domain/source.ts";
import type { AggregateFunction } from "../domain/window-feature.ts";
import { columnsFromProto, columnToProto, typeToProto } from "./convert-columns.ts";
import { durationOf } from "./convert-duration.ts";
import { policyFromProto } from "./convert-privacy.ts";
import { segmentToProto } from "./convert-segment.ts";

export function entityFromProto({ keys, description, owner, tags }: EntityMessage): EntityDefinition {
  const wrong = problems();
  const definition = { keys: columnsFromProto(keys, "entity.keys", wrong), description, ...saidOf({ owner, tags }) };
  wrong.throwIfAny();
  return definition;
}

/** Kept only where something is said, so that definitions of before it could be said are the same. */
const saidOf = ({ owner, tags }: { readonly owner: string; readonly tags: Readonly<Record<string, string>> }) => ({
  ...(owner !== "" && { owner }),
  ...(Object.keys(tags).length > 0 && { tags: { ...tags } }),
});

export const entityToProto = (entity: Entity): EntityMessage =>
  create(EntitySchema, {
    name: entityName.format({ project: entity.project, entity: entity.id }),
    keys: entity.keys.map(columnToProto),
    description: entity.description,
    owner: entity.owner ?? "",
    tags: { ...entity.tags },
    createTime: fromMs(entity.createTimeMs),
  });

export function sourceFromProto(source: SourceMessage): WantedSource {
  const wrong = problems();
  const { eventTimeColumn, skipRowsWithoutTime, description, knowledgeTime } = source;
  const columns = columnsFromProto(source.columns, "source.columns", wrong);
  const kind = SOURCE_KINDS_FROM_WIRE.get(source.kind);
  if (knowledgeTime.case === undefined && kind !== "request")
    wrong.add("source.knowledge_time_column", "say when rows can be known: a column, or source.knowledge_delay");
  const known: SourceDefinition["knowledgeTime"] =
    knowledgeTime.case === "knowledgeDelay"
      ? { kind: "delay", delayNs: nanosecondsOf(knowledgeTime.value, "source.knowledge_delay", wrong) }
      : { kind: "column", column: knowledgeTime.value ?? "" };
  wrong.throwIfAny();
  const times = { eventTimeColumn, knowledgeTime: known, skipRowsWithoutTime };
  const { privacyPolicy: policy } = source;
  const privacy = policy && { privacyPolicy: policyFromProto(policy) };
  return { columns, ...times, description, ...(kind && { kind }), ...saidOf(source), ...privacy };
}

const SOURCE_KINDS: Readonly<Record<SourceKind, WireSourceKind>> = {
  parquet: WireSourceKind.PARQUET,
  csv: WireSourceKind.CSV,
  request: WireSourceKind.REQUEST,
  push: WireSourceKind.PUSH,
  stream: WireSourceKind.STREAM,
};

const SOURCE_KINDS_FROM_WIRE = new Map(Object.entries(SOURCE_KINDS).map(([kind, wire]) => [wire, kind as SourceKind]));

export const sourceToProto = (source: Source, segments: readonly Segment[]): SourceMessage =>
  create(SourceSchema, {
    name: sourceName.format({ project: source.project, source: source.id }),
    columns: source.columns.map(columnToProto),
    eventTimeColumn: source.eventTimeColumn,
    knowledgeTime:
      source.kind === "request"
        ? { case: undefined }
        : source.knowledgeTime.kind === "column"
          ? { case: "knowledgeTimeColumn", value: source.knowledgeTime.column }
          : { case: "knowledgeDelay", value: durationOf(source.knowledgeTime.delayNs) },
    skipRowsWithoutTime: source.skipRowsWithoutTime,
    description: source.description,
    rowCount: BigInt(source.rowCount),
    segments: segments.map(segmentToProto),
    createTime: fromMs(source.createTimeMs),
    kind: source.kind === undefined ? WireSourceKind.UNSPECIFIED : SOURCE_KINDS[source.kind],
    owner: source.owner ?? "",
    tags: { ...source.tags },
    version: BigInt(sourceVersion(source)),
  });

const FUNCTIONS: Readonly<Record<AggregateFunction, WireFunction>> = {
  count: WireFunction.COUNT,
  sum: WireFunction.SUM,
  mean: WireFunction.MEAN,
  variance: WireFunction.VARIANCE,
  standardDeviation: WireFunction.STANDARD_DEVIATION,
  min: WireFunction.MIN,
  max: WireFunction.MAX,
  first: WireFunction.FIRST,
  last: WireFunction.LAST,
  top: WireFunction.TOP,
  distinct: WireFunction.DISTINCT,
  approximateDistinct: WireFunction.APPROXIMATE_DISTINCT,
  quantile: WireFunction.QUANTILE,
};

const FROM_WIRE = new Map(Object.entries(FUNCTIONS).map(([name, wire]) => [wire, name as AggregateFunction]));

/** `project` and `id` are those that the view is applied to: its entity and source are of the same project. */
export function viewFromProto(view: FeatureViewMessage, project: string, id: string): ViewDefinition {
  const wrong = problems();
  const { keyColumns, ttl, description, owner, tags, freshnessTarget, costNote } = view;
  const entity = entityName.parse(view.entity, "feature_view.entity");
  const source = sourceName.parse(view.source, "feature_view.source");
  if (entity.project !== project) wrong.add("feature_view.entity", otherProject(project));
  if (source.project !== project) wrong.add("feature_view.source", otherProject(project));
  const definition = {
    id,
    entity: entity.entity,
    source: source.source,
    keyColumns,
    features: view.features.map((it, i) => featureFromProto(it, `feature_view.features[${i}]`, wrong)),
    ttlNs: ttl && nanosecondsOf(ttl, "feature_view.ttl", wrong),
    description,
    owner,
    tags: { ...tags },
    costNote,
    ...(freshnessTarget && {
      freshnessTargetNs: nanosecondsOf(freshnessTarget, "feature_view.freshness_target", wrong),
    }),
  };
  wrong.throwIfAny();
  return definition;
}

/** What is wrong with a name of another project. */
export const otherProject = (project: string): string => `it is of another project than projects/${project}`;

function featureFromProto(feature: FeatureMessage, path: string, wrong: Problems): FeatureDefinition {
  const { name, description, kind } = feature;
  if (kind.case !== "aggregate") return { name, description, kind: "column", column: kind.value ?? "" };
  const { function: wire, column, window, k, quantile, accuracy } = kind.value;
  const computes = FROM_WIRE.get(wire) ?? "count";
  const windowNs = window ? nanosecondsOf(window, `${path}.aggregate.window`, wrong) : 0n;
  return {
    name,
    description,
    kind: "aggregate",
    function: computes,
    column,
    windowNs,
    ...(k !== 0 && { k }),
    ...(quantile !== undefined && { quantile }),
    ...(accuracy !== 0 && { accuracy }),
  };
}

export const viewToProto = (view: Described<FeatureView>): FeatureViewMessage =>
  create(FeatureViewSchema, {
    name: viewName.format({ project: view.project, view: view.id }),
    version: BigInt(view.version),
    digest: view.digest,
    entity: entityName.format({ project: view.project, entity: view.entity }),
    source: sourceName.format({ project: view.project, source: view.source }),
    keyColumns: { ...view.keyColumns },
    features: view.features.map(featureToProto),
    ...(view.ttlNs !== undefined && { ttl: durationOf(view.ttlNs) }),
    description: view.description,
    owner: view.owner,
    createTime: fromMs(view.createTimeMs),
    tags: { ...view.tags },
    ...(view.freshnessTargetNs !== undefined && { freshnessTarget: durationOf(view.freshnessTargetNs) }),
    costNote: view.costNote,
  });

const featureToProto = (feature: Feature): MessageInitShape<typeof FeatureSchema> => ({
  name: feature.name,
  description: feature.description,
  type: typeToProto(feature.type),
  kind:
    feature.kind === "column"
      ? { case: "column", value: feature.column }
      : {
          case: "aggregate",
          value: {
            function: FUNCTIONS[feature.function],
            column: feature.column,
            window: durationOf(feature.windowNs),
            ...(feature.k !== undefined && { k: feature.k }),
            ...(feature.quantile !== undefined && { quantile: feature.quantile }),
            ...(feature.accuracy !== undefined && { accuracy: feature.accuracy }),
          },
        },
});

function nanosecondsOf(duration: Duration, path: string, wrong: Problems): bigint {
  if (duration.seconds >= 0n && duration.nanos >= 0) return durationToNs(duration, path);
  wrong.add(path, "the duration is negative");
  return 0n;
}
