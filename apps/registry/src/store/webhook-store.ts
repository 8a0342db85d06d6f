import { type Clock, isDomainError } from "@throughline/kernel";
import type { Document, Store, Write } from "@throughline/store";
import type { EventName } from "../domain/events.ts";
import type { Delivery, ListeningProject, StoredDelivery, Webhook, WebhookStore } from "../domain/webhook-store.ts";
import { everyDocument, pageOf } from "./page.ts";

/** The active webhooks of a project by what they are told of, in one document: looking there takes one read. */
interface Subscriptions {
  readonly byEvent: Readonly<Partial<Record<EventName, readonly string[]>>>;
}

/** Makes the ids of deliveries. They sort by time. */
type NewId = () => string;

/** Webhooks under their names, and deliveries under ids of their own. */
export function webhookStore(
  store: Store,
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
): WebhookStore {
  const webhooks = store.collection<Webhook>({
    name: "registry_webhooks",
    indexes: [{ name: "by_time", fields: ["project", "createTimeMs"] }],
  });
  const subscriptions = store.collection<Subscriptions>({ name: "registry_webhook_subscriptions", indexes: [] });
  const deliveries = store.collection<Delivery>({
    name: "registry_webhook_deliveries",
    indexes: [{ name: "by_due", fields: ["dueTimeMs"] }],
  });

  /** The subscriptions of a project once a webhook is as given; without one it is gone. */
  const subscribing = async (project: string, name: string, webhook?: Webhook): Promise<Write> => {
    const known = await subscriptions.get(project);
    const others = Object.entries(known?.value.byEvent ?? {}).map(
      ([event, names]) => [event, names.filter((it) => it !== name)] as const,
    );
    const byEvent = new Map<string, readonly string[]>(others);
    for (const event of webhook?.active ? webhook.events : [])
      byEvent.set(event, [...(byEvent.get(event) ?? []), name]);
    const value = { byEvent: Object.fromEntries([...byEvent].filter(([, names]) => names.length > 0)) };
    return known
      ? subscriptions.writes.replace(project, known.revision, value)
      : subscriptions.writes.insert(project, value);
  };

  return {
    insert: async (webhook) => [
      webhooks.writes.insert(webhook.name, webhook),
      await subscribing(webhook.project, webhook.name, webhook),
    ],
    replace: async ({ revision }, webhook) => [
      webhooks.writes.replace(webhook.name, revision, webhook),
      await subscribing(webhook.project, webhook.name, webhook),
    ],
    remove: async ({ revision, webhook }) => [
      webhooks.writes.remove(webhook.name, revision),
      await subscribing(webhook.project, webhook.name),
    ],
    async get(name) {
      const found = await webhooks.get(name);
      return found && { revision: found.revision, webhook: found.value };
    },
    async list(project, page) {
      const orderBy = [{ field: "createTimeMs", descending: true }] as const;
      const found = await webhooks.find({ where: { field: "project", eq: project }, orderBy, ...page });
      return pageOf(
        found.documents.map((it) => ({ revision: it.revision, webhook: it.value })),
        found.next,
      );
    },
    count: (project) => webhooks.count({ field: "project", eq: project }),
    async events(project, events) {
      const known = events.length > 0 ? (await subscriptions.get(project))?.value.byEvent : undefined;
      if (!known) return [];
      const timeMs = clock.now();
      return events.flatMap(({ event, data }) =>
        (known[event] ?? []).map((webhook) =>
          deliveries.writes.insert(newId(), { webhook, event, data, timeMs, attempts: 0, dueTimeMs: timeMs }),
        ),
      );
    },
    async listening(events) {
      const found: ListeningProject[] = [];
      for await (const { id, value } of everyDocument(subscriptions)) {
        const names = [...new Set(events.flatMap((it) => value.byEvent[it] ?? []))];
        if (names.length === 0) continue;
        const times = (await webhooks.getMany(names)).flatMap((it) => it?.value.updateTimeMs ?? []);
        if (times.length > 0) found.push({ project: id, sinceMs: Math.min(...times) });
      }
      return found;
    },
    async due(timeMs, limit) {
      const orderBy = [{ field: "dueTimeMs" }] as const;
      const found = await deliveries.find({ where: { field: "dueTimeMs", lte: timeMs }, orderBy, limit });
      return found.documents.map(storedDelivery);
    },
    postpone: ({ id, revision }, delivery) => unlessOvertaken(deliveries.replace(id, revision, delivery)),
    async settle({ id, revision }) {
      await unlessOvertaken(deliveries.remove(id, revision));
    },
  };
}

const storedDelivery = ({ id, revision, value }: Document<Delivery>): StoredDelivery => ({
  id,
  revision,
  delivery: value,
});

/** False if another replica was first. */
async function unlessOvertaken(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isDomainError(error, "NOT_FOUND") || isDomainError(error, "REVISION_CONFLICT")) return false;
    throw error;
  }
}
