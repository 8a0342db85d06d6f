import type {
  OnDemandSelection as OnDemandSelectionMessage,
  ViewSelection,
} from "@throughline/contracts/throughline/features/v1/definition_pb";
import { onDemandViewName, sourceName, viewName } from "../domain/names.ts";
import type { OnDemandSelection, OnDemandSelectionDefinition } from "../domain/on-demand/select.ts";
import type { Problems } from "../domain/problems.ts";
import type { Selection, SelectionDefinition } from "../domain/view-selection.ts";
import { otherProject } from "./convert-definitions.ts";

/** What selects, and where its problems go. */
export interface Selecting {
  readonly project: string;
  /** The field of the request that it is in, such as `feature_service`. */
  readonly of: string;
  readonly wrong: Problems;
}

const checked = <T extends { readonly project: string }>(parts: T, path: string, { project, wrong }: Selecting): T => {
  if (parts.project !== project) wrong.add(path, otherProject(project));
  return parts;
};

export const selectionsFromProto = (views: readonly ViewSelection[], at: Selecting): readonly SelectionDefinition[] =>
  views.map(({ view, version, features, keyFields }, i) => {
    const path = `${at.of}.views[${i}].view`;
    const parts = checked(viewName.parse(view, path), path, at);
    return { view: parts.view, version: Number(version), features, keyFields };
  });

export const onDemandFromProto = (
  views: readonly OnDemandSelectionMessage[],
  at: Selecting,
): readonly OnDemandSelectionDefinition[] =>
  views.map(({ view, version, features }, i) => {
    const path = `${at.of}.on_demand_views[${i}].view`;
    return { view: checked(onDemandViewName.parse(view, path), path, at).view, version: Number(version), features };
  });

/** Ids of request sources. */
export const requestSourcesFromProto = (sources: readonly string[], at: Selecting): readonly string[] =>
  sources.map((it, i) => {
    const path = `${at.of}.request_sources[${i}]`;
    return checked(sourceName.parse(it, path), path, at).source;
  });

export const selectionToProto = (
  project: string,
  { view, version, features, digest, keyFields }: Selection,
): Omit<ViewSelection, "$typeName"> => ({
  view: viewName.format({ project, view }),
  version: BigInt(version),
  features: [...features],
  digest,
  keyFields: { ...keyFields },
});

export const onDemandToProto = (
  project: string,
  { view, version, features, digest }: OnDemandSelection,
): Omit<OnDemandSelectionMessage, "$typeName"> => ({
  view: onDemandViewName.format({ project, view }),
  version: BigInt(version),
  features: [...features],
  digest,
});
