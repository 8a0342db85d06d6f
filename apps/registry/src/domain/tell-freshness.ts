import { isDomainError } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { EventName, RegistryEvent, RegistryEvents } from "./events.ts";
import type { FreshnessAlert, FreshnessAlerts } from "./ports.ts";
import type { ListeningProject, WebhookStore } from "./webhook-store.ts";

/** How far a project was told of the freshness of its views. */
export interface ToldFreshness {
  readonly project: string;
  /** Number of the last alert that webhooks were told of. */
  readonly number: number;
}

/** How far projects were told. Law: of two changes of one revision the second fails with REVISION_CONFLICT. */
export interface ToldFreshnessStore {
  get(project: string): Promise<{ readonly revision: number; readonly told: ToldFreshness } | undefined>;
  all(): Promise<readonly ToldFreshness[]>;
  /** Fails with ALREADY_EXISTS where `revision` is undefined, and there is one. */
  keeping(told: ToldFreshness, revision: number | undefined): readonly Write[];
  forget(project: string): Promise<void>;
}

/** What telling needs. */
export interface TellingDeps {
  readonly alerts: FreshnessAlerts;
  readonly webhooks: Pick<WebhookStore, "listening">;
  readonly toldFreshness: ToldFreshnessStore;
  readonly events: RegistryEvents;
  apply(writes: readonly Write[]): Promise<unknown>;
}

const EVENT_OF = {
  stale: "feature_view.stale",
  recovered: "feature_view.recovered",
} as const satisfies Record<FreshnessAlert["kind"], EventName>;

/** So many that the writes of a batch tell each of them to all the webhooks that a project may have. */
const ALERTS_AT_ONCE = 8;

/**
 * Tells webhooks of the alerts of the feature store that came since they were told last, each alert once, also if several
 * processes look at the same time. A project is told from the instant on at which a webhook wanted it.
 */
export async function tellFreshness(deps: TellingDeps, signal: AbortSignal): Promise<void> {
  const listening = await deps.webhooks.listening(Object.values(EVENT_OF));
  const projects = new Set(listening.map((it) => it.project));
  // Whoever wants to be told again later is not told of what came in between.
  for (const { project } of await deps.toldFreshness.all())
    if (!projects.has(project)) await deps.toldFreshness.forget(project);
  const failures: unknown[] = [];
  for (const it of listening) {
    signal.throwIfAborted();
    // One project that cannot be told keeps nothing from the others.
    await tellProject(deps, it).catch((error: unknown) => void failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function tellProject(deps: TellingDeps, { project, sinceMs }: ListeningProject): Promise<void> {
  const known = await deps.toldFreshness.get(project);
  const alerts = await deps.alerts.newest(project, (it) =>
    known ? it.number > known.told.number : it.timeMs >= sinceMs,
  );
  let revision = known?.revision;
  for (let i = 0; i < alerts.length; i += ALERTS_AT_ONCE) {
    const some = alerts.slice(i, i + ALERTS_AT_ONCE);
    const number = some.at(-1)?.number ?? 0;
    const writes = [
      ...(await deps.events(project, some.map(eventOf))),
      ...deps.toldFreshness.keeping({ project, number }, revision),
    ];
    try {
      await deps.apply(writes);
    } catch (error) {
      // Another process tells them.
      if (isDomainError(error, "REVISION_CONFLICT") || isDomainError(error, "ALREADY_EXISTS")) return;
      throw error;
    }
    revision = (revision ?? 0) + 1;
  }
}

const eventOf = (it: FreshnessAlert): RegistryEvent => ({
  event: EVENT_OF[it.kind],
  data: {
    name: it.view,
    version: it.version,
    alert: it.name,
    time: new Date(it.timeMs).toISOString(),
    newest_event_time: new Date(it.newestEventMs).toISOString(),
    event_age_seconds: it.eventAgeSeconds,
    target_seconds: it.targetSeconds ?? null,
  },
});
