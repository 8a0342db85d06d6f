import { type Clock, isDomainError } from "@throughline/kernel";
import type { Define } from "./define.ts";
import { type BoundService, bindService, resolveService } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import type { Generations } from "./generations.ts";
import type { Materializer } from "./materialize.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import { type OnlineLayout, onlineLayout } from "./online-layout.ts";
import type { OnlineLayouts } from "./online-layouts.ts";
import { onlinePlan } from "./online-plan.ts";
import { moveProblems, problems } from "./problems.ts";
import type { ServicePlan } from "./service-plans.ts";
import type { SelectionDefinition } from "./view-selection.ts";

/** Plans of views that are read without a feature service. */
export interface ViewPlans {
  /**
   * The selected features, bound as if a service named them. What is pushed to the views' sources goes online in them from
   * now on. Fails with NOT_FOUND, and with INVALID_FIELD and the path below `views`.
   */
  bound(project: string, selections: readonly SelectionDefinition[]): Promise<BoundService>;
  /**
   * The same with what was pushed before online, ready to be read; at once if it is known. Another version is seen after a
   * second. `key` tells what was asked for from everything else; what it names is read only where its plan is not known.
   */
  get(key: string, named: () => NamedSelections): ServicePlan | Promise<ServicePlan>;
}

/** Selections of a project's views. */
export interface NamedSelections {
  readonly project: string;
  readonly selections: readonly SelectionDefinition[];
}

/** Plans that are kept; the one that was made first goes first. */
const PLANS_MAX = 1_000;
/** How long a plan is used before the views are looked up again. */
const PLAN_MS_MAX = 1_000;

/** Finds the views that are named. */
type Finding = Pick<Define, "view" | "onDemandView" | "bound">;

/** What it needs. */
export interface ViewPlansDeps {
  readonly define: Finding;
  readonly clock: Clock;
  readonly generations: Pick<Generations, "know">;
  readonly layouts: OnlineLayouts;
  readonly materializer: Pick<Materializer, "catchUp">;
}

interface KeptPlan {
  readonly made: Promise<ServicePlan>;
  /** What came of it, once it did. */
  plan?: ServicePlan;
  readonly atMs: number;
}

export function viewPlans(deps: ViewPlansDeps): ViewPlans {
  const plans = new Map<string, KeptPlan>();
  /** Work that brings online what was pushed to a layout before, by its id: all who ask meanwhile wait for it. */
  const catchingUp = new Map<string, Promise<void>>();
  /** Layouts for which that work has not ended well yet. */
  const behind = new Set<string>();
  const catchUp = async (layout: OnlineLayout): Promise<void> => {
    try {
      await deps.materializer.catchUp([layout], new AbortController().signal);
      behind.delete(layout.id);
    } finally {
      catchingUp.delete(layout.id);
    }
  };
  const bound: ViewPlans["bound"] = async (project, selections) => {
    const found = await Promise.all(selections.map((it) => selected(deps.define, project, it)));
    const made = await bindViews(deps.define, project, found);
    await deps.generations.know(made);
    return made;
  };
  const make = async (project: string, selections: readonly SelectionDefinition[]): Promise<ServicePlan> => {
    const made = await bound(project, selections);
    const layouts = made.views.map((it) => onlineLayout(it.view));
    const known = new Set(deps.layouts.all().map((it) => it.id));
    for (const { id } of layouts) if (!known.has(id)) behind.add(id);
    // First known, then caught up: a push in between is brought online by the push itself.
    deps.layouts.add(made);
    for (const layout of layouts) {
      if (!behind.has(layout.id)) continue;
      const work = catchingUp.get(layout.id) ?? catchUp(layout);
      catchingUp.set(layout.id, work);
      await work;
    }
    return { bound: made, plan: onlinePlan(made) };
  };
  const keptPlan = (named: () => NamedSelections): KeptPlan => {
    const { project, selections } = named();
    return { made: make(project, selections), atMs: deps.clock.now() };
  };
  return {
    bound,
    get(key, named) {
      const known = plans.get(key);
      if (known && deps.clock.now() - known.atMs < PLAN_MS_MAX) return known.plan ?? known.made;
      const kept = keptPlan(named);
      plans.delete(key);
      plans.set(key, kept);
      kept.made.then(
        (plan) => {
          kept.plan = plan;
        },
        () => plans.delete(key),
      );
      const [oldest] = plans.keys();
      if (plans.size > PLANS_MAX && oldest !== undefined) plans.delete(oldest);
      return kept.made;
    },
  };
}

/** A selection with the view that it names: an on-demand view where no feature view has the id. */
interface Selected {
  readonly selection: SelectionDefinition;
  readonly view?: FeatureView;
  readonly onDemand?: OnDemandView;
}

async function selected(define: Finding, project: string, selection: SelectionDefinition): Promise<Selected> {
  const { view: id, version } = selection;
  try {
    return { selection, view: await define.view(project, id, version) };
  } catch (error) {
    if (!isDomainError(error, "NOT_FOUND")) throw error;
    const onDemand = await define.onDemandView(project, id, version).catch((other: unknown) => {
      throw isDomainError(other, "NOT_FOUND") ? error : other;
    });
    return { selection, onDemand };
  }
}

async function bindViews(define: Finding, project: string, found: readonly Selected[]): Promise<BoundService> {
  const views = found.flatMap((it) => it.view ?? []);
  const onDemand = found.flatMap((it) => it.onDemand ?? []);
  const definition = {
    views: found.flatMap(({ selection, view }) => (view ? [selection] : [])),
    requestFeatures: [],
    features: [],
    description: "",
  };
  const onDemandViews = found.flatMap(({ selection, onDemand: it }) => (it ? [selection] : []));
  const wrong = problems();
  for (const [i, { selection, onDemand: it }] of found.entries())
    if (it && Object.keys(selection.keyFields).length > 0)
      wrong.add(
        `views[${i}].key_fields`,
        `${it.id} is an on-demand view, without keys: name the views that it reads, too`,
      );
  wrong.throwIfAny();
  try {
    const resolved = resolveService({ ...definition, onDemandViews }, views, onDemand);
    const service = { ...definition, ...resolved, project, id: "", version: 0, createTimeMs: 0 };
    return onDemand.length > 0 ? await define.bound(service) : bindService(service, views);
  } catch (error) {
    const moved = { ...wrong, add: (path: string, what: string) => wrong.add(placeOf(path, found), what) };
    moveProblems(moved, { from: "feature_service.", to: "" }, error);
    wrong.throwIfAny();
    throw error;
  }
}

/** Where a problem of one kind of views is among the views of both kinds that were named. */
function placeOf(path: string, found: readonly Selected[]): string {
  const [, kind, place, rest = ""] = /^(views|on_demand_views)(?:\[(\d+)\])?(.*)$/s.exec(path) ?? [];
  if (kind === undefined) return path;
  const ofKind = [...found.keys()].filter((i) => (found[i]?.view !== undefined) === (kind === "views"));
  return `views${place === undefined ? "" : `[${ofKind[Number(place)]}]`}${rest}`;
}
