import { type Digest, digestOfJson } from "@throughline/kernel";
import type { Feature, FeatureView } from "./feature-view.ts";
import { inputTypes } from "./on-demand/expressions.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import { type BoundOutput, boundOutputs } from "./on-demand/program.ts";
import { type OnDemandSelection, type OnDemandSelectionDefinition, withOnDemand } from "./on-demand/select.ts";
import { problems, refuseTwins } from "./problems.ts";
import type { Source } from "./source.ts";
import type { Column, ValueType } from "./value-type.ts";
import { featureName, pin, type Selection, type SelectionDefinition } from "./view-selection.ts";

/** What the author of a feature service says. */
export interface FeatureServiceDefinition {
  readonly views: readonly SelectionDefinition[];
  readonly requestFeatures: readonly Column[];
  /** Ids of sources of kind request, whose columns come behind the request features. */
  readonly requestSources?: readonly string[];
  readonly onDemandViews?: readonly OnDemandSelectionDefinition[];
  /** The order of the model's input. Empty: the views' features, then the request's, then those on demand. */
  readonly features: readonly string[];
  readonly description: string;
}

/** One immutable version of a feature service. */
export interface FeatureService extends FeatureServiceDefinition {
  readonly project: string;
  readonly id: string;
  /** From 1, dense. */
  readonly version: number;
  readonly digest: Digest;
  /** With what on-demand views read, which need not be among the features. */
  readonly views: readonly Selection[];
  /** Left out where there are none. */
  readonly onDemandViews?: readonly OnDemandSelection[];
  readonly createTimeMs: number;
}

/**
 * The parts of a feature service that follow from its definition. `found` has the view of each selection, and `foundOnDemand` that of
 * each on-demand selection, undefined where there is none. Fails with INVALID_FIELD and everything that is wrong.
 */
export function resolveService(
  definition: FeatureServiceDefinition,
  found: readonly (FeatureView | undefined)[],
  foundOnDemand: readonly (OnDemandView | undefined)[] = [],
): Pick<FeatureService, "views" | "requestFeatures" | "onDemandViews" | "features" | "digest"> {
  const wrong = problems();
  const pathAt = (i: number): string => `feature_service.views[${i}]`;
  const { requestFeatures, onDemandViews: selections = [] } = definition;
  refuseTwins(
    wrong,
    definition.views.map((it) => it.view),
    (i) => `${pathAt(i)}.view`,
  );
  const own = definition.views.flatMap((it, i) => {
    const view = found[i];
    if (!view) wrong.add(`${pathAt(i)}.view`, missingView(it));
    return view ? [pin(it, view, (field, what) => wrong.add(`${pathAt(i)}.${field}`, what))] : [];
  });
  const read = withOnDemand({ views: own, requestFeatures }, { selections, found: foundOnDemand }, wrong);
  const ofViews = namesOf(own);
  const names = [...ofViews, ...requestFeatures.map((it) => it.name), ...read.outputs];
  const hidden = [
    ...namesOf(read.views).filter((it) => !ofViews.includes(it)),
    ...read.requestFeatures.slice(requestFeatures.length).map((it) => it.name),
  ];
  refuseTwins(wrong, [...names, ...hidden], (i) => namePath(i - ofViews.length, requestFeatures.length));
  checkOrder(definition.features, { names, inputs: read.inputs }, (path, what) => wrong.add(path, what));
  if (names.length === 0) wrong.add("feature_service.views", "a feature service has at least one feature");
  wrong.throwIfAny();
  const features = definition.features.length > 0 ? definition.features : names;
  const { views, onDemandViews } = read;
  const resolved = {
    views,
    requestFeatures: read.requestFeatures,
    features,
    ...(onDemandViews.length > 0 && { onDemandViews }),
  };
  return { ...resolved, digest: serviceDigest({ ...resolved, description: definition.description }) };
}

const namesOf = (selections: readonly Selection[]): readonly string[] =>
  selections.flatMap((it) => it.features.map((feature) => featureName(it.view, feature)));

/** Where a feature behind those of the views comes from. */
function namePath(index: number, requestCount: number): string {
  if (index < 0) return "feature_service.views";
  return index < requestCount ? `feature_service.request_features[${index}].name` : "feature_service.on_demand_views";
}

const missingView = ({ view, version }: SelectionDefinition): string =>
  version === 0 ? `there is no feature view ${view}` : `there is no version ${version} of feature view ${view}`;

/** What can be in the order of the features, and what of it may be left out. */
interface Orderable {
  readonly names: readonly string[];
  readonly inputs: ReadonlySet<string>;
}

function checkOrder(
  order: readonly string[],
  { names, inputs }: Orderable,
  refuse: (path: string, what: string) => void,
): void {
  if (order.length === 0) return;
  order.forEach((name, i) => {
    const path = `feature_service.features[${i}]`;
    if (!names.includes(name)) refuse(path, `"${name}" is neither {view}__{feature} nor a request feature`);
    if (order.indexOf(name) < i) refuse(path, `"${name}" is there twice`);
  });
  const left = names.filter((it) => !order.includes(it) && !inputs.has(it));
  if (left.length > 0) refuse("feature_service.features", `it leaves out ${left.slice(0, 10).join(", ")}`);
}

const serviceDigest = (
  service: Pick<FeatureService, "views" | "requestFeatures" | "onDemandViews" | "features" | "description">,
): Digest =>
  digestOfJson({
    views: service.views.map(({ view, version, digest, features, keyFields }) => ({
      view,
      version,
      digest,
      features,
      keyFields,
    })),
    requestFeatures: service.requestFeatures.map(({ name, type, description }) => ({ name, type, description })),
    ...(service.onDemandViews && {
      onDemandViews: service.onDemandViews.map(({ view, version, digest, features }) => ({
        view,
        version,
        digest,
        features,
      })),
    }),
    features: service.features,
    description: service.description,
  });

/** A feature of a service: where it comes from, and the type of its values. */
export type ServiceFeature =
  | { readonly from: "view"; readonly name: string; readonly view: FeatureView; readonly feature: Feature }
  | { readonly from: "request"; readonly name: string; readonly type: ValueType }
  | ({ readonly from: "onDemand" } & BoundOutput);

/** A feature service with the views that it pins, ready to be computed. */
export interface BoundService {
  readonly service: FeatureService;
  /** Everything that is read, also what only on-demand views read. */
  readonly views: readonly BoundSelection[];
  readonly onDemandViews: readonly OnDemandView[];
  /** In the order of the model's input. */
  readonly features: readonly ServiceFeature[];
}

/** A pinned view with its selection. */
export interface BoundSelection {
  readonly view: FeatureView;
  readonly selection: Selection;
  /** Keys of the entity, with the field of a request (or column of a spine) that gives each. */
  readonly keys: readonly (FeatureView["keys"][number] & { readonly field: string })[];
  readonly features: readonly Feature[];
}

/** Puts a service and its views together: those of its selections, in their order. */
export function bindService(
  service: FeatureService,
  views: readonly FeatureView[],
  onDemandViews: readonly OnDemandView[] = [],
): BoundService {
  const bound = service.views.map((selection, i): BoundSelection => {
    const view = views[i] as FeatureView;
    const features = selection.features.map((name) => view.features.find((it) => it.name === name) as Feature);
    const keys = view.keys.map((it) => ({ ...it, field: selection.keyFields[it.name] ?? it.name }));
    return { view, selection, keys, features };
  });
  const all = new Map<string, ServiceFeature>();
  for (const { view, features } of bound) {
    for (const feature of features) {
      const name = featureName(view.id, feature.name);
      all.set(name, { from: "view", name, view, feature });
    }
  }
  for (const { name, type } of service.requestFeatures) all.set(name, { from: "request", name, type });
  const types = inputTypes(bound, service.requestFeatures);
  for (const [i, view] of onDemandViews.entries())
    for (const it of boundOutputs(view, service.onDemandViews?.[i]?.features ?? [], types))
      all.set(it.name, { from: "onDemand", ...it });
  const features = service.features.map((it) => all.get(it) as ServiceFeature);
  return { service, views: bound, onDemandViews, features };
}

/**
 * The definition with the columns of its request sources among the request features, as it is kept. `found` has the source
 * of each, undefined where there is none. Fails with INVALID_FIELD and everything that is wrong.
 */
export function withRequestSources<T extends FeatureServiceDefinition>(
  { requestSources = [], ...definition }: T,
  found: readonly (Source | undefined)[],
): Omit<T, "requestSources"> {
  const wrong = problems();
  requestSources.forEach((id, i) => {
    const path = `feature_service.request_sources[${i}]`;
    if (!found[i]) wrong.add(path, `there is no source ${id}`);
    else if (found[i].kind !== "request") wrong.add(path, `source ${id} is not of kind request: its rows are kept`);
  });
  wrong.throwIfAny();
  const columns = found.flatMap((it) => it?.columns ?? []);
  return { ...definition, requestFeatures: [...definition.requestFeatures, ...columns] };
}
