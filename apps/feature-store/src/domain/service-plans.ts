import type { Clock } from "@throughline/kernel";
import type { Define } from "./define.ts";
import type { BoundService } from "./feature-service.ts";
import type { Generations } from "./generations.ts";
import { type OnlinePlan, onlinePlan } from "./online-plan.ts";

/** A feature service, ready to be read online. */
export interface ServicePlan {
  readonly bound: BoundService;
  readonly plan: OnlinePlan;
}

/** Finds plans without asking the store for each request. */
export interface ServicePlans {
  /** Version 0 is the newest. Fails with NOT_FOUND. */
  get(project: string, id: string, version: number): Promise<ServicePlan>;
  /** Forgets which version is the newest: another was made. */
  changed(project: string, id: string): void;
}

/** Plans that are kept; the one that was not asked for the longest goes first. */
const PLANS_MAX = 1_000;
/** Another process may make a new version: after so long the newest is looked up again. */
const NEWEST_MS_MAX = 1_000;

/** What plans need. */
export interface ServicePlansDeps {
  readonly define: Define;
  readonly clock: Clock;
  readonly generations: Pick<Generations, "know">;
}

export function servicePlans({ define, clock, generations }: ServicePlansDeps): ServicePlans {
  const plans = new Map<string, Promise<ServicePlan>>();
  const newest = new Map<string, { readonly version: number; readonly atMs: number }>();
  /** The one that was asked for last. */
  let last = "";

  const make = async (project: string, id: string, version: number): Promise<ServicePlan> => {
    const bound = await define.bound(await define.service(project, id, version));
    await generations.know(bound);
    return { bound, plan: onlinePlan(bound) };
  };
  const versionOf = async (project: string, id: string): Promise<number> => {
    const key = `${project}/${id}`;
    const known = newest.get(key);
    if (known && clock.now() - known.atMs < NEWEST_MS_MAX) return known.version;
    const { version } = await define.service(project, id, 0);
    if (newest.size >= PLANS_MAX) newest.clear();
    newest.set(key, { version, atMs: clock.now() });
    return version;
  };
  return {
    async get(project, id, version) {
      const wanted = version === 0 ? await versionOf(project, id) : version;
      const key = `${project}/${id}/${wanted}`;
      const known = plans.get(key);
      if (known) {
        if (key !== last) {
          plans.delete(key);
          plans.set(key, known);
          last = key;
        }
        return known;
      }
      const made = make(project, id, wanted);
      plans.set(key, made);
      last = key;
      made.catch(() => plans.delete(key));
      const [oldest] = plans.keys();
      if (plans.size > PLANS_MAX && oldest !== undefined) plans.delete(oldest);
      return made;
    },
    changed: (project, id) => void newest.delete(`${project}/${id}`),
  };
}
