import { type Digest, digestOfJson } from "@throughline/kernel";
import type { Feature, FeatureView } from "./feature-view.ts";
import { problems, refuseTwins } from "./problems.ts";
import type { Source } from "./source.ts";
import type { Column, ValueType } from "./value-type.ts";

/** Some features of one version of a view, as its author asks for them. */
export interface SelectionDefinition {
  /** Id of the view. */
  readonly view: string;
  /** 0: the newest. */
  readonly version: number;
  /** Empty: all. */
  readonly features: readonly string[];
  /** Field of the request, or column of the spine, for a key of the entity that is called otherwise there. */
  readonly keyFields: Readonly<Record<string, string>>;
}

/** Some features of one version of a view, pinned. */
export interface Selection extends SelectionDefinition {
  readonly digest: Digest;
}

/** What the author of a feature service says. */
export interface FeatureServiceDefinition {
  readonly views: readonly SelectionDefinition[];
  readonly requestFeatures: readonly Column[];
  /** Ids of sources of kind request, whose columns come behind the request features. */
  readonly requestSources?: readonly string[];
  /** The order of the model's input. Empty: the views' features, then the request's. */
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
  readonly views: readonly Selection[];
  readonly createTimeMs: number;
}

/** Name of a view's feature among those of a service, and of its column in a training set. */
export const featureName = (view: string, feature: string): string => `${view}__${feature}`;

/**
 * The parts of a feature service that follow from its definition. `found` has the view of each selection, undefined where
 * there is none. Fails with INVALID_FIELD and everything that is wrong.
 */
export function resolveService(
  definition: FeatureServiceDefinition,
  found: readonly (FeatureView | undefined)[],
): Pick<FeatureService, "views" | "features" | "digest"> {
  const wrong = problems();
  const pathAt = (i: number): string => `feature_service.views[${i}]`;
  refuseTwins(
    wrong,
    definition.views.map((it) => it.view),
    (i) => `${pathAt(i)}.view`,
  );
  const views = definition.views.map((it, i) => {
    const view = found[i];
    if (!view) wrong.add(`${pathAt(i)}.view`, missingView(it));
    return view && pin(it, view, (field, what) => wrong.add(`${pathAt(i)}.${field}`, what));
  });
  const names = [
    ...views.flatMap((it) => it?.features.map((feature) => featureName(it.view, feature)) ?? []),
    ...definition.requestFeatures.map((it) => it.name),
  ];
  refuseTwins(wrong, names, (i) => requestPath(i - (names.length - definition.requestFeatures.length)));
  checkOrder(definition.features, names, (path, what) => wrong.add(path, what));
  if (names.length === 0) wrong.add("feature_service.views", "a feature service has at least one feature");
  wrong.throwIfAny();
  const pinned = views.filter((it) => it !== undefined);
  const features = definition.features.length > 0 ? definition.features : names;
  return { views: pinned, features, digest: serviceDigest({ ...definition, views: pinned, features }) };
}

const requestPath = (index: number): string =>
  index < 0 ? "feature_service.views" : `feature_service.request_features[${index}].name`;

const missingView = ({ view, version }: SelectionDefinition): string =>
  version === 0 ? `there is no feature view ${view}` : `there is no version ${version} of feature view ${view}`;

function pin(asked: SelectionDefinition, view: FeatureView, refuse: (field: string, what: string) => void): Selection {
  asked.features.forEach((name, i) => {
    if (!view.features.some((it) => it.name === name))
      refuse(`features[${i}]`, `version ${view.version} of ${view.id} has no feature "${name}"`);
    if (asked.features.indexOf(name) < i) refuse(`features[${i}]`, `"${name}" is there twice`);
  });
  for (const key of Object.keys(asked.keyFields)) {
    if (!view.keys.some((it) => it.name === key)) refuse(`key_fields["${key}"]`, `${view.entity} has no such key`);
  }
  const features = asked.features.length > 0 ? asked.features : view.features.map((it) => it.name);
  return { view: view.id, version: view.version, features, keyFields: asked.keyFields, digest: view.digest };
}

function checkOrder(
  order: readonly string[],
  names: readonly string[],
  refuse: (path: string, what: string) => void,
): void {
  if (order.length === 0) return;
  order.forEach((name, i) => {
    const path = `feature_service.features[${i}]`;
    if (!names.includes(name)) refuse(path, `"${name}" is neither {view}__{feature} nor a request feature`);
    if (order.indexOf(name) < i) refuse(path, `"${name}" is there twice`);
  });
  const left = names.filter((it) => !order.includes(it));
  if (left.length > 0) refuse("feature_service.features", `it leaves out ${left.slice(0, 10).join(", ")}`);
}

const serviceDigest = (
  service: Pick<FeatureService, "views" | "requestFeatures" | "features" | "description">,
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
    features: service.features,
    description: service.description,
  });

/** A feature of a service: where it comes from, and the type of its values. */
export type ServiceFeature =
  | { readonly from: "view"; readonly name: string; readonly view: FeatureView; readonly feature: Feature }
  | { readonly from: "request"; readonly name: string; readonly type: ValueType };

/** A feature service with the views that it pins, ready to be computed. */
export interface BoundService {
  readonly service: FeatureService;
  readonly views: readonly BoundSelection[];
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

/** Puts a service and its views together. `views` are those of the service's selections, in their order. */
export function bindService(service: FeatureService, views: readonly FeatureView[]): BoundService {
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
  return { service, views: bound, features: service.features.map((it) => all.get(it) as ServiceFeature) };
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
