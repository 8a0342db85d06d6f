import type { Described } from "../description.ts";
import type { FeatureView } from "../feature-view.ts";
import { onDemandViewName } from "../names.ts";
import type { PlanDeps, Wanted } from "../plan-definition.ts";
import { divided, type Planned, planVersion } from "../plan-version.ts";
import { problems } from "../problems.ts";
import type { Source } from "../source.ts";
import { type OnDemandDefinition, type OnDemandView, resolveOnDemand } from "./on-demand-view.ts";

/** What the author of an on-demand view says: its definition, and what is said of it. */
export type WantedOnDemandView = Described<OnDemandDefinition>;

/** What an on-demand view refers to, there already or planned beside it; undefined where there is none. */
export interface FoundInputs {
  /** The view of each selection. */
  readonly views: readonly (FeatureView | undefined)[];
  /** The source of each request source. */
  readonly requestSources: readonly (Source | undefined)[];
  /** The feature view that has the id. */
  readonly sameId: FeatureView | undefined;
}

/** Fails with INVALID_FIELD and everything that is wrong. */
export async function planOnDemandView(
  deps: PlanDeps,
  { project, id, definition, change }: Wanted<WantedOnDemandView>,
  found: FoundInputs,
): Promise<Planned<Described<OnDemandView>>> {
  const wrong = problems();
  if (found.sameId)
    wrong.add("on_demand_view.name", `${id} is a feature view: features of both would have the same names`);
  (definition.requestSources ?? []).forEach((source, i) => {
    const path = `on_demand_view.request_sources[${i}]`;
    const there = found.requestSources[i];
    if (!there) wrong.add(path, `there is no source ${source}`);
    else if (there.kind !== "request") wrong.add(path, `source ${source} is not of kind request: its rows are kept`);
  });
  wrong.throwIfAny();
  const [said, { requestSources: _, ...bare }] = divided(definition);
  const sourceColumns = found.requestSources.flatMap((it) => it?.columns ?? []);
  const resolved = resolveOnDemand(bare, { views: found.views, sourceColumns });
  return planVersion(deps, deps.catalog.onDemandViews, {
    name: onDemandViewName.format({ project, view: id }),
    subject: { kind: "onDemandViews", project, id },
    wanted: { ...bare, ...resolved, project, createTimeMs: deps.clock.now() },
    current: await deps.catalog.onDemandViews.current(project, id),
    said,
    change,
  });
}
