import { differingFields } from "../differing-fields.ts";
import type { BoundService } from "../feature-service.ts";
import type { FeatureView } from "../feature-view.ts";
import type { OnDemandView } from "../on-demand/on-demand-view.ts";
import type { DataChange } from "./data-history.ts";
import type { Causes, CellCause } from "./find-causes.ts";
import type { ComparedFeature } from "./joined-rows.ts";
import type { CauseKind, SkewCause } from "./skew-report.ts";

/** What the causes of one feature are told from. */
export interface Described {
  readonly causes: Causes;
  /** The feature's place among those that differ. */
  readonly index: number;
  readonly feature: ComparedFeature;
  readonly served: BoundService;
  readonly joined: BoundService;
  readonly dataVersion: number;
}

/** Data versions that a cause names. */
const VERSIONS_MAX = 20;
/** Commits that a description tells of. */
const TOLD_MAX = 3;

/** The causes of a feature's differences in words, the one that explains most rows first. */
export function describeCauses(described: Described): readonly SkewCause[] {
  const cells = described.causes.flatMap((row) => row[described.index] ?? []);
  return [...Map.groupBy(cells, (it) => it.kind)]
    .map(([kind, some]) => causeOf(kind, some, described))
    .sort((a, b) => b.rowCount - a.rowCount || (a.kind < b.kind ? -1 : 1));
}

function causeOf(kind: CauseKind, cells: readonly CellCause[], described: Described): SkewCause {
  const changes = [
    ...new Map(cells.flatMap(({ change }) => (change ? [[change.dataVersion, change]] : []))).values(),
  ].sort((a, b) => a.dataVersion - b.dataVersion);
  return {
    kind,
    rowCount: cells.length,
    dataVersions: changes.slice(0, VERSIONS_MAX).map((it) => it.dataVersion),
    description: TEXTS[kind](changes, described),
  };
}

const TEXTS: Readonly<Record<CauseKind, (changes: readonly DataChange[], described: Described) => string>> = {
  LATE_DATA: (changes) =>
    `Rows that count as known by the predictions' as_of were committed only after these were served: ${told(changes)}. A model trained on the join would have seen what could not be served.`,
  TAKEN_BACK: (changes) => `Rows that were in the data when it was served were taken out since: ${told(changes)}.`,
  NOT_ONLINE: (changes) =>
    `Rows were in the data when it was served, but not yet online: ${told(changes)}. What is loaded is served only after Materialize; what is pushed, at once.`,
  VIEW_CHANGED: (_, { feature, served, joined }) => viewText(feature, viewOf(served, feature), viewOf(joined, feature)),
  OLDER_DATA: (_, { dataVersion }) =>
    `The join is at data version ${dataVersion}, which is older than the data that was served.`,
  UNKNOWN: () =>
    "No data version that was tried and neither definition gives the served value: online values may have been behind, or it was served by a path of its own.",
};

function told(changes: readonly DataChange[]): string {
  if (changes.length === 0) return "by several commits since";
  const texts = changes.slice(0, TOLD_MAX).map(({ dataVersion, kind, source, actor, timeMs }) => {
    const by = actor === "" ? "" : ` by ${actor}`;
    return `data version ${dataVersion} (${kind} of source ${source}${by}, ${new Date(timeMs).toISOString()})`;
  });
  const more = changes.length - texts.length;
  return `${texts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

type AnyView = FeatureView | OnDemandView;

const viewOf = ({ views, onDemandViews }: BoundService, { view }: ComparedFeature): AnyView | undefined =>
  [...views.map((it) => it.view), ...onDemandViews].find((it) => it.id === view);

/** What every version has of its own. */
const OF_VERSIONS: ReadonlySet<string> = new Set(["version", "digest", "createTimeMs"]);

function viewText(feature: ComparedFeature, served: AnyView | undefined, joined: AnyView | undefined): string {
  const definition = (view: AnyView | undefined) =>
    Object.fromEntries(Object.entries(view ?? {}).filter(([key]) => !OF_VERSIONS.has(key)));
  const fields = differingFields(definition(served), definition(joined));
  const where = fields.length === 0 ? "" : `, which differs in ${fields.join(", ")}`;
  return `Version ${feature.servedViewVersion} of view ${feature.view} was served, and version ${feature.viewVersion} is joined${where}.`;
}
