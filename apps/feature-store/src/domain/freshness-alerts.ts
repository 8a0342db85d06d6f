import type { Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Catalog, PageRequest } from "./catalog.ts";
import type { DataLog } from "./data-version.ts";
import type { FeatureView } from "./feature-view.ts";
import { eventAge, type FreshnessDeps, isStale } from "./freshness.ts";
import type { Once } from "./once.ts";

/** Who sees that a view crosses its target: the platform. */
export const ALERTING_ACTOR = "feature-store";

/** The freshness of a view crossed its target. */
export interface FreshnessAlert {
  readonly project: string;
  /** Dense in the project, from 1. */
  readonly number: number;
  /** Id of the view. */
  readonly view: string;
  readonly version: number;
  readonly kind: "stale" | "recovered";
  readonly actor: string;
  readonly timeMs: number;
  readonly eventAgeNs: bigint;
  /** Undefined if the target was taken away. */
  readonly targetNs: bigint | undefined;
  readonly newestEventNs: bigint;
}

/**
 * What happened to the freshness of views. Laws, checked by `store/freshness-alert-store.test.ts`:
 * - Alerts of a project are dense from 1, and never change.
 * - Of several who add the next alert of a project exactly one succeeds; the others fail with REVISION_CONFLICT or ALREADY_EXISTS.
 */
export interface FreshnessAlerts {
  /** Newest first, of one view if it is named. Fails with BAD_PAGE_TOKEN. */
  list(project: string, view: string | undefined, page: PageRequest): Promise<Page<FreshnessAlert>>;
  /** Those behind a number, oldest first, at most 500. */
  after(project: string, number: number): Promise<readonly FreshnessAlert[]>;
  /** The number of the newest alert of a project, 0 if there is none. */
  newest(project: string): Promise<number>;
  /** The newest alert of a view. */
  last(project: string, view: string): Promise<FreshnessAlert | undefined>;
  adding(alert: FreshnessAlert): Promise<readonly Write[]>;
}

/** What looking for crossings needs. */
export interface AlertingDeps extends Pick<FreshnessDeps, "define" | "segments"> {
  readonly catalog: Pick<Catalog, "views" | "sources">;
  readonly dataLog: Pick<DataLog, "projects">;
  readonly alerts: FreshnessAlerts;
  readonly clock: { now(): number };
  readonly once: Once;
}

/** Looks at every view of every project that has data, and keeps an alert of each that crossed its target since it was looked last. */
export async function lookForCrossings(deps: AlertingDeps, signal: AbortSignal): Promise<readonly FreshnessAlert[]> {
  const found: FreshnessAlert[] = [];
  for await (const project of deps.dataLog.projects()) {
    let token = "";
    do {
      const page = await deps.catalog.views.list(project, { size: 0, token });
      for (const view of page.items) {
        signal.throwIfAborted();
        const alert = await lookAt(deps, view);
        if (alert) found.push(alert);
      }
      token = page.nextPageToken;
    } while (token !== "");
  }
  return found;
}

/** Most views never had a target, and cost no more than to know that. */
async function lookAt(deps: AlertingDeps, view: FeatureView): Promise<FreshnessAlert | undefined> {
  const { project, id } = view;
  const { freshnessTargetNs: targetNs } = await deps.define.describedView(view);
  const known = await deps.alerts.last(project, id);
  if (targetNs === undefined && known?.kind !== "stale") return undefined;
  const timeMs = deps.clock.now();
  const age = await eventAge(deps, view, BigInt(timeMs) * 1_000_000n);
  // Of a view without rows it is not known how old it is: what was said of it last stays.
  if (age === undefined) return undefined;
  const kind = isStale(age.eventAgeNs, targetNs) ? "stale" : "recovered";
  if (kind === (known?.kind ?? "recovered")) return undefined;
  const { response } = await deps.once<{ readonly response: FreshnessAlert | null }>({
    identity: { requestId: "", method: "Freshness.alert", principal: project, requestDigest: "" },
    subject: `${project}/freshness`,
    async work() {
      // Another process may have seen it first.
      const now = await deps.alerts.last(project, id);
      if ((now?.number ?? 0) !== (known?.number ?? 0)) return { writes: [], response: { response: null } };
      const number = (await deps.alerts.newest(project)) + 1;
      const alert: FreshnessAlert = {
        project,
        number,
        view: id,
        version: view.version,
        kind,
        actor: ALERTING_ACTOR,
        timeMs,
        ...age,
        targetNs,
      };
      return { writes: await deps.alerts.adding(alert), response: { response: alert } };
    },
  });
  return response ?? undefined;
}
