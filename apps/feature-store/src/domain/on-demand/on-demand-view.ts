import { type Digest, digestOfJson, type Json } from "@throughline/kernel";
import type { FeatureView } from "../feature-view.ts";
import { problems, refuseTwins } from "../problems.ts";
import type { Column } from "../value-type.ts";
import { featureName, pin, type Selection, type SelectionDefinition } from "../view-selection.ts";
import { checkedOutputs, expressionTypeOf, inputTypes, ON_DEMAND_LIMITS, type OnDemandOutput } from "./expressions.ts";

/** What the author of an on-demand view says. */
export interface OnDemandDefinition {
  /** Id of the view. */
  readonly id: string;
  readonly views: readonly SelectionDefinition[];
  readonly requestColumns: readonly Column[];
  /** Ids of sources of kind request, of whose columns those take part that are read. */
  readonly requestSources?: readonly string[];
  readonly outputs: readonly OnDemandOutput[];
  readonly description: string;
  readonly owner: string;
}

/**
 * One immutable version of an on-demand view: features that expressions compute when they are asked for, of features of pinned views and
 * of what comes with the request. What it reads of views is read in the same way as any feature, in joins and online; the outputs are
 * computed of the values that were read, by `outputValue` and nothing else, before anything looks at a row: digests, certificates,
 * training files and answers know them as features. So a value online is the value in a training set because its inputs are.
 */
export interface OnDemandView extends Omit<OnDemandDefinition, "requestSources"> {
  readonly project: string;
  /** From 1, dense. */
  readonly version: number;
  readonly digest: Digest;
  /** With the features that are read, and no others. */
  readonly views: readonly Selection[];
  /** Parts of all its expressions. */
  readonly cost: number;
  readonly createTimeMs: number;
}

/** What a definition refers to; undefined where there is none. */
export interface OnDemandParts {
  /** The view of each selection. */
  readonly views: readonly (FeatureView | undefined)[];
  /** The columns of the request sources. */
  readonly sourceColumns: readonly Column[];
}

/** The parts of an on-demand view that follow from its definition. Fails with INVALID_FIELD and everything that is wrong. */
export function resolveOnDemand(
  definition: OnDemandDefinition,
  parts: OnDemandParts,
): Pick<OnDemandView, "views" | "requestColumns" | "cost" | "digest"> {
  const wrong = problems();
  const { id, outputs } = definition;
  const selected = selectedOf(definition, parts, wrong.add);
  const columns = [...definition.requestColumns, ...parts.sourceColumns];
  const views = selected.flatMap((it) => (it ? [it] : []));
  const ofViews = views.flatMap(({ selection: { view, features } }) => features.map((it) => featureName(view, it)));
  refuseTwins(wrong, [...ofViews, ...columns.map((it) => it.name)], (i) =>
    i < ofViews.length ? "on_demand_view.views" : `on_demand_view.request_columns[${i - ofViews.length}].name`,
  );
  for (const [i, { name, type }] of definition.requestColumns.entries())
    if (expressionTypeOf(type) === undefined)
      wrong.add(`on_demand_view.request_columns[${i}].type`, `"${name}" is ${type}, which expressions cannot read`);
  refuseTwins(
    wrong,
    outputs.map((it) => it.name),
    (i) => `on_demand_view.outputs[${i}].name`,
  );
  // What is wrong with the inputs is told first: expressions would only repeat it.
  wrong.throwIfAny();
  const compiled = checkedOutputs(id, outputs, { types: inputTypes(views, columns), refuse: wrong.add });
  const cost = compiled.reduce((sum, it) => sum + it.cost, 0);
  if (cost > ON_DEMAND_LIMITS.cost)
    wrong.add(
      "on_demand_view.outputs",
      `the expressions have ${cost} parts together, and at most ${ON_DEMAND_LIMITS.cost} are possible: divide the view`,
    );
  wrong.throwIfAny();
  const read = new Set(compiled.flatMap((it) => it.variables));
  const pinned = views.map(({ selection, isWhole }, i) => {
    const features = selection.features.filter((it) => read.has(featureName(selection.view, it)));
    const unread = selection.features.filter((it) => !features.includes(it));
    if (features.length === 0)
      wrong.add(`on_demand_view.views[${i}]`, `no output reads any feature of ${selection.view}`);
    else if (!isWhole && unread.length > 0)
      wrong.add(`on_demand_view.views[${i}].features`, `no output reads ${unread.join(", ")}`);
    return { ...selection, features };
  });
  for (const [i, { name }] of definition.requestColumns.entries())
    if (!read.has(name)) wrong.add(`on_demand_view.request_columns[${i}]`, `no output reads "${name}"`);
  wrong.throwIfAny();
  const requestColumns = columns.filter((it) => read.has(it.name));
  const digest = digestOfJson(canonical({ id, views: pinned, requestColumns, outputs }));
  return { views: pinned, requestColumns, cost, digest };
}

/** A view that is read, pinned, with whether its author listed no features. */
interface Selected {
  readonly selection: Selection;
  readonly isWhole: boolean;
  readonly view: FeatureView;
}

function selectedOf(
  { views }: OnDemandDefinition,
  parts: OnDemandParts,
  refuse: (path: string, what: string) => void,
): readonly (Selected | undefined)[] {
  return views.map((it, i) => {
    const path = `on_demand_view.views[${i}]`;
    if (views.findIndex((other) => other.view === it.view) < i) refuse(`${path}.view`, `${it.view} is there twice`);
    const view = parts.views[i];
    if (!view) {
      refuse(
        `${path}.view`,
        `there is no ${it.version === 0 ? "" : `version ${it.version} of `}feature view ${it.view}`,
      );
      return undefined;
    }
    const selection = pin(it, view, (field, what) => refuse(`${path}.${field}`, what));
    for (const name of it.features) {
      const type = view.features.find((feature) => feature.name === name)?.type;
      if (type && expressionTypeOf(type) === undefined)
        refuse(`${path}.features`, `"${name}" is ${type}, which expressions cannot read`);
    }
    return { selection, isWhole: it.features.length === 0, view };
  });
}

/** Everything that the author chose; two of one digest are one definition. */
const canonical = ({
  id,
  views,
  requestColumns,
  outputs,
}: Pick<OnDemandView, "id" | "views" | "requestColumns" | "outputs">): Json => ({
  onDemandView: id,
  views: views.map(({ view, version, digest, features, keyFields }) => ({
    view,
    version,
    digest,
    features,
    keyFields,
  })),
  requestColumns: requestColumns.map(({ name, type, description }) => ({ name, type, description })),
  outputs: outputs.map(({ name, description, expression, type }) => ({ name, description, expression, type })),
});
