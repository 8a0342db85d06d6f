import { canonicalJson, type Digest } from "@throughline/kernel";
import type { Problems } from "../problems.ts";
import type { Column } from "../value-type.ts";
import { featureName, refuseUnknown, type Selection } from "../view-selection.ts";
import { ON_DEMAND_LIMITS } from "./expressions.ts";
import type { OnDemandView } from "./on-demand-view.ts";

/** Some outputs of one version of an on-demand view, as the author of a feature service asks for them. */
export interface OnDemandSelectionDefinition {
  /** Id of the view. */
  readonly view: string;
  /** 0: the newest. */
  readonly version: number;
  /** Empty: all. */
  readonly features: readonly string[];
}

/** The same, pinned. */
export interface OnDemandSelection extends OnDemandSelectionDefinition {
  readonly digest: Digest;
}

/** What a feature service reads by itself. */
export interface ReadBySelf {
  readonly views: readonly Selection[];
  readonly requestFeatures: readonly Column[];
}

/** On-demand views of a feature service, with the view of each; undefined where there is none. */
export interface SelectedOnDemand {
  readonly selections: readonly OnDemandSelectionDefinition[];
  readonly found: readonly (OnDemandView | undefined)[];
}

/** What a feature service reads for its on-demand views, too. */
export interface ReadForOnDemand extends ReadBySelf {
  readonly onDemandViews: readonly OnDemandSelection[];
  /** Names of the outputs among the features of the service. */
  readonly outputs: readonly string[];
  /** Names of what on-demand views read: it need not be among the features of the service. */
  readonly inputs: ReadonlySet<string>;
}

const PATH = "feature_service.on_demand_views";

/** Most views and columns of the request of a feature service, with those of its on-demand views: as many as it may name by itself. */
const READ_MAX = { views: 200, requestFeatures: 1_000 } as const;

/** Adds what on-demand views read to what a feature service reads by itself. What does not fit is a problem. */
export function withOnDemand(
  { views, requestFeatures }: ReadBySelf,
  { selections, found }: SelectedOnDemand,
  wrong: Problems,
): ReadForOnDemand {
  const reading = { views: new Map(views.map((it) => [it.view, it])), columns: new Map<string, Column>() };
  for (const it of requestFeatures) reading.columns.set(it.name, it);
  const inputs = new Set<string>();
  const own = new Set(reading.views.keys());
  const pinned = selections.flatMap((asked, i): OnDemandSelection[] => {
    const refuse = (field: string, what: string): void => wrong.add(`${PATH}[${i}].${field}`, what);
    if (selections.findIndex((other) => other.view === asked.view) < i) refuse("view", `${asked.view} is there twice`);
    const view = found[i];
    if (!view) {
      const version = asked.version === 0 ? "" : `version ${asked.version} of `;
      refuse("view", `there is no ${version}on-demand view ${asked.view}`);
      return [];
    }
    const all = view.outputs.map((it) => it.name);
    refuseUnknown(asked.features, { all, of: view, refuse });
    for (const it of view.views) addView(reading.views, it, { view, refuse, isOwn: own.has(it.view) });
    for (const it of view.requestColumns) addColumn(reading.columns, it, { view, refuse });
    for (const { view: id, features } of view.views) for (const it of features) inputs.add(featureName(id, it));
    for (const { name } of view.requestColumns) inputs.add(name);
    const features = asked.features.length > 0 ? asked.features : all;
    return [{ view: view.id, version: view.version, features, digest: view.digest }];
  });
  const cost = found.reduce((sum, it) => sum + (it?.cost ?? 0), 0);
  if (cost > ON_DEMAND_LIMITS.cost)
    wrong.add(PATH, `their expressions have ${cost} parts together, and at most ${ON_DEMAND_LIMITS.cost} are possible`);
  if (reading.views.size > READ_MAX.views)
    wrong.add(PATH, `with them it reads ${reading.views.size} views, and at most ${READ_MAX.views} are possible`);
  if (reading.columns.size > READ_MAX.requestFeatures)
    wrong.add(
      PATH,
      `with them it reads ${reading.columns.size} columns of the request, and at most ${READ_MAX.requestFeatures} are possible`,
    );
  return {
    views: [...reading.views.values()],
    requestFeatures: [...reading.columns.values()],
    onDemandViews: pinned,
    outputs: pinned.flatMap((it) => it.features.map((feature) => featureName(it.view, feature))),
    inputs,
  };
}

interface Adding {
  readonly view: OnDemandView;
  readonly refuse: (field: string, what: string) => void;
}

/** `isOwn`: the service selects the view by itself, and says where its keys come from. */
function addView(
  views: Map<string, Selection>,
  read: Selection,
  { view, refuse, isOwn }: Adding & { readonly isOwn: boolean },
): void {
  const there = views.get(read.view);
  if (!there) {
    views.set(read.view, read);
    return;
  }
  if (there.version !== read.version) {
    const versions = `version ${read.version} of ${read.view}, and the feature service has version ${there.version}`;
    refuse("view", `${view.id} reads ${versions}: apply ${view.id} again, or select that version`);
  }
  if (!isOwn && canonicalJson(there.keyFields) !== canonicalJson(read.keyFields))
    refuse(
      "view",
      `${view.id} reads ${read.view} by other keys than another on-demand view: select ${read.view} in views`,
    );
  const more = read.features.filter((it) => !there.features.includes(it));
  if (more.length > 0) views.set(read.view, { ...there, features: [...there.features, ...more] });
}

function addColumn(columns: Map<string, Column>, read: Column, { view, refuse }: Adding): void {
  const there = columns.get(read.name);
  if (!there) columns.set(read.name, read);
  else if (there.type !== read.type)
    refuse("view", `${view.id} reads "${read.name}" as ${read.type}; with the request comes ${there.type}`);
}
