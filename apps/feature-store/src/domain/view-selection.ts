import type { Digest } from "@throughline/kernel";
import type { FeatureView } from "./feature-view.ts";

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

/** Name of a view's feature among those of a service, and of its column in a training set. */
export const featureName = (view: string, feature: string): string => `${view}__${feature}`;

/** Pins a selection to the view that was found for it. What is wrong is told by the field of the selection. */
export function pin(
  asked: SelectionDefinition,
  view: FeatureView,
  refuse: (field: string, what: string) => void,
): Selection {
  const all = view.features.map((it) => it.name);
  refuseUnknown(asked.features, { all, of: view, refuse });
  for (const key of Object.keys(asked.keyFields)) {
    if (!view.keys.some((it) => it.name === key)) refuse(`key_fields["${key}"]`, `${view.entity} has no such key`);
  }
  const features = asked.features.length > 0 ? asked.features : all;
  return { view: view.id, version: view.version, features, keyFields: asked.keyFields, digest: view.digest };
}

/** What can be selected, and of what. */
export interface Selectable {
  readonly all: readonly string[];
  readonly of: { readonly id: string; readonly version: number };
  readonly refuse: (field: string, what: string) => void;
}

/** Tells of features that are not there, or are selected twice. */
export function refuseUnknown(features: readonly string[], { all, of, refuse }: Selectable): void {
  features.forEach((name, i) => {
    if (!all.includes(name)) refuse(`features[${i}]`, `version ${of.version} of ${of.id} has no feature "${name}"`);
    if (features.indexOf(name) < i) refuse(`features[${i}]`, `"${name}" is there twice`);
  });
}
