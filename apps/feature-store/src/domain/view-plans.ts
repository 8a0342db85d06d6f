import type { Clock } from "@throughline/kernel";
import type { Define } from "./define.ts";
import { type BoundService, bindService, resolveService, type SelectionDefinition } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import type { Generations } from "./generations.ts";
import type { Materializer } from "./materialize.ts";
import { type OnlineLayout, onlineLayout } from "./online-layout.ts";
import type { OnlineLayouts } from "./online-layouts.ts";
import { onlinePlan } from "./online-plan.ts";
import { moveProblems, problems } from "./problems.ts";
import type { ServicePlan } from "./service-plans.ts";

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

/** What it needs. */
export interface ViewPlansDeps {
  readonly define: Pick<Define, "view">;
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
    const found = await Promise.all(selections.map((it) => deps.define.view(project, it.view, it.version)));
    const made = bindViews(project, selections, found);
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

function bindViews(
  project: string,
  selections: readonly SelectionDefinition[],
  found: readonly FeatureView[],
): BoundService {
  const definition = { views: selections, requestFeatures: [], features: [], description: "" };
  const wrong = problems();
  try {
    const resolved = resolveService(definition, found);
    return bindService({ ...definition, ...resolved, project, id: "", version: 0, createTimeMs: 0 }, found);
  } catch (error) {
    moveProblems(wrong, { from: "feature_service.views", to: "views" }, error);
    wrong.throwIfAny();
    throw error;
  }
}
