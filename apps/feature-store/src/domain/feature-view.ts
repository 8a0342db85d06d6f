import { type Digest, digestOfJson, type Json } from "@throughline/kernel";
import type { Entity } from "./entity.ts";
import { problems, refuseTwins } from "./problems.ts";
import type { Source } from "./source.ts";
import type { Column } from "./value-type.ts";
import {
  aggregateOf,
  type FeatureProblem,
  type ResolvedWindow,
  resolveWindow,
  type WindowKind,
} from "./window-feature.ts";

/** How a feature is computed: a column of the latest known row, or an aggregate over a window of knowledge time. */
export type FeatureKind = { readonly kind: "column"; readonly column: string } | WindowKind;

/** What the author of a feature says. */
export type FeatureDefinition = FeatureKind & { readonly name: string; readonly description: string };

/** A feature with the type of its values, and all parameters of its aggregate. */
export type Feature = FeatureDefinition & Pick<ResolvedWindow, "type" | "columnType">;

/** A feature that is an aggregate over a window. */
export type AggregateFeature = Extract<Feature, { readonly kind: "aggregate" }>;

/** What the author of a view says. */
export interface FeatureViewDefinition {
  /** Id of the view. It is part of the digest: equal features of two names are two things on the thread. */
  readonly id: string;
  /** Ids within the project. */
  readonly entity: string;
  readonly source: string;
  /** Column of the source for a key of the entity, where it has another name. */
  readonly keyColumns: Readonly<Record<string, string>>;
  readonly features: readonly FeatureDefinition[];
  /** Undefined: values never grow too old. Does not apply to aggregates. */
  readonly ttlNs: bigint | undefined;
  readonly description: string;
  readonly owner: string;
}

/** A key of the entity, with the column of the source that holds it. */
export interface ViewKey extends Pick<Column, "name" | "type"> {
  readonly column: string;
}

/** One immutable version of a view. */
export interface FeatureView extends FeatureViewDefinition {
  readonly project: string;
  /** From 1, dense. */
  readonly version: number;
  readonly digest: Digest;
  readonly keys: readonly ViewKey[];
  readonly features: readonly Feature[];
  readonly createTimeMs: number;
}

/** The parts of a view that follow from its definition. Fails with INVALID_FIELD and everything that is wrong. */
export function resolveView(
  definition: FeatureViewDefinition,
  entity: Entity,
  source: Source,
): Pick<FeatureView, "keys" | "features" | "digest"> {
  const found = problems();
  const columns = new Map(source.columns.map((it) => [it.name, it]));
  const keys = entity.keys.map(({ name, type }): ViewKey => {
    const column = definition.keyColumns[name] ?? name;
    const path = `feature_view.key_columns["${name}"]`;
    const there = columns.get(column);
    if (!there) found.add(path, `source ${source.id} has no column "${column}" for the key`);
    else if (there.type !== type) found.add(path, `column "${column}" is ${there.type}, the key is ${type}`);
    return { name, type, column };
  });
  for (const name of Object.keys(definition.keyColumns)) {
    if (!entity.keys.some((it) => it.name === name))
      found.add(`feature_view.key_columns["${name}"]`, `entity ${entity.id} has no such key`);
  }
  refuseTwins(
    found,
    definition.features.map((it) => it.name),
    (i) => `feature_view.features[${i}].name`,
  );
  const features = definition.features.map((it, i): Feature => {
    const checked = checkFeature(it, columns);
    if ("type" in checked) return { ...it, ...checked };
    found.add(`feature_view.features[${i}].${checked.field}`, checked.problem);
    return { ...it, type: "int64" };
  });
  checkTtl(definition, (description) => found.add("feature_view.ttl", description));
  found.throwIfAny();
  return { keys, features, digest: digestOfJson(canonical(definition, keys, features)) };
}

function checkFeature(
  feature: FeatureDefinition,
  columns: ReadonlyMap<string, Column>,
): Pick<ResolvedWindow, "type" | "columnType"> | FeatureProblem {
  const column = columns.get(feature.column);
  if (feature.kind === "aggregate") return resolveWindow(feature, column);
  return column ? { type: column.type } : { field: "column", problem: `the source has no column "${feature.column}"` };
}

function checkTtl({ ttlNs, features }: FeatureViewDefinition, refuse: (description: string) => void): void {
  if (ttlNs === undefined) return;
  if (ttlNs <= 0n) refuse("a ttl is longer than nothing; leave it out for values that never grow too old");
  if (features.every((it) => it.kind === "aggregate")) refuse("the view has only aggregates, to which no ttl applies");
}

/** Everything that the author chose or that follows from it; two views of one digest are one definition. */
const canonical = (view: FeatureViewDefinition, keys: readonly ViewKey[], features: readonly Feature[]): Json => ({
  view: view.id,
  entity: view.entity,
  source: view.source,
  keys: keys.map(({ name, type, column }) => ({ name, type, column })),
  features: features.map((it) => ({
    name: it.name,
    description: it.description,
    type: it.type,
    ...(it.kind === "column"
      ? { column: it.column }
      : { aggregate: { ...aggregateOf(it), column: it.column, windowNs: String(it.windowNs) } }),
  })),
  ttlNs: view.ttlNs === undefined ? null : String(view.ttlNs),
  description: view.description,
  owner: view.owner,
});
