import { create } from "@bufbuild/protobuf";
import { type ViewSelection, ViewSelectionSchema } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { nameCollision, refused } from "./errors.ts";

/** A view, perhaps with one of its versions, and a feature of it. */
const REFERENCE = /^([^:@]+)(?:@(latest|v\d{1,15}))?:([^:]+)$/;

/** Lists of references that were asked for lately: callers ask for the same features again and again. */
const known = new Map<string, ViewSelection[]>();
const KNOWN_MAX = 1_000;
/** Characters of a list that is kept, with its project. */
const KEY_LENGTH_MAX = 10_000;

/** The selections that references stand for; see `selectedBy`. Nobody changes them: they are the same for all who ask so. */
export function selectionsOf(project: string, references: readonly string[]): ViewSelection[] {
  if (last.project === project && isSame(last.references, references)) return last.selections;
  const selections = knownSelections(project, references);
  last = { project, references, selections };
  return selections;
}

/** What was asked for last: most callers ask for the same again. */
let last: { readonly project: string; readonly references: readonly string[]; readonly selections: ViewSelection[] } = {
  project: "",
  references: [],
  selections: [],
};

/** Whether two lists have the same texts. */
export function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function knownSelections(project: string, references: readonly string[]): ViewSelection[] {
  const key = JSON.stringify([project, references]);
  const before = known.get(key);
  if (before) return before;
  const selections = selectedBy(project, references);
  if (key.length > KEY_LENGTH_MAX) return selections;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, selections);
  return selections;
}

/**
 * The references behind the fields of the selections that they stand for: `features[2]` of `views[1].features[0]`, `features` of
 * what belongs to none.
 */
export function referenceFields(references: readonly string[]): (path: string) => string {
  const places = new Map<string, number[]>();
  for (const [i, reference] of references.entries()) {
    const [, view = ""] = REFERENCE.exec(reference) ?? [];
    const before = places.get(view);
    if (before) before.push(i);
    else places.set(view, [i]);
  }
  const ofViews = [...places.values()];
  return (path) => {
    const [, view, feature = 0] = /^views\[(\d+)\](?:\.features\[(\d+)\])?/.exec(path) ?? [];
    const place = view === undefined ? undefined : ofViews[Number(view)]?.[Number(feature)];
    return place === undefined ? "features" : `features[${place}]`;
  };
}

/**
 * The selections that `view:feature` and `view@v2:feature` references stand for, views in the order in which they are first
 * named. Without a version it is the view's current one.
 */
function selectedBy(project: string, references: readonly string[]): ViewSelection[] {
  const selected = new Map<
    string,
    { readonly view: string; readonly version: bigint; readonly features: Set<string> }
  >();
  for (const reference of references) {
    const [, view = "", version = "latest", feature = ""] = REFERENCE.exec(reference) ?? [];
    if (view === "") {
      const expected = "'<feature_view>:<feature>' or '<feature_view>@<version>:<feature>'";
      throw refused(`Invalid feature reference '${reference.slice(0, 200)}'. Expected format: ${expected}`);
    }
    const name = `projects/${project}/featureViews/${encodeURIComponent(view)}`;
    const number = version === "latest" ? 0n : BigInt(version.slice(1));
    const selection = selected.get(view) ?? { view: name, version: number, features: new Set<string>() };
    if (selection.version !== number)
      throw refused(`Feature view ${view} is asked for in two versions. Ask for each alone.`);
    if (selection.features.has(feature)) throw nameCollision(feature);
    selection.features.add(feature);
    selected.set(view, selection);
  }
  return [...selected.values()].map(({ features, ...it }) =>
    create(ViewSelectionSchema, { ...it, features: [...features] }),
  );
}
