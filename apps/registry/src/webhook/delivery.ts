import type { Clock } from "@throughline/kernel";
import type { RegistryEvents } from "../domain/events.ts";
import type { StoredDelivery, Webhook, WebhookStore } from "../domain/webhook-store.ts";
import type { WebhookSender } from "../domain/webhooks.ts";

/** Deliveries that are under way at the same time. */
const AT_ONCE = 8;
const RETRY_MS_LEAST = 1_000;
const RETRY_MS_MOST = 3_600_000;
/** After so many attempts, over about half a day, an event is given up. */
const ATTEMPTS_MAX = 20;
/** What other processes wrote is found so soon. */
const POLL_MS = 1_000;
/** What this process is about to write is looked for so soon. */
const WRITING_MS = 10;

/** The delivery of events at work. */
export interface WebhookDelivery {
  /** The writes of the store, which the delivery then expects. */
  readonly events: RegistryEvents;
  /** Delivers what is due now. */
  flush(): Promise<void>;
  /** Stops what is under way. It is delivered by the next process. */
  close(): Promise<void>;
}

/** How long to wait before the attempt after so many: twice as long each time, up to an hour. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(RETRY_MS_LEAST * 2 ** Math.min(attempts - 1, 30), RETRY_MS_MOST);

/**
 * Delivers what waits, in the background. Each delivery is put off before it is sent, so that of several processes one sends
 * it, and it is sent again if that one ends meanwhile: at least once.
 */
export function startWebhookDelivery(deps: {
  readonly webhooks: WebhookStore;
  readonly sender: WebhookSender;
  readonly clock: Clock;
}): WebhookDelivery {
  const { webhooks, sender, clock } = deps;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();

  const deliver = async (stored: StoredDelivery): Promise<void> => {
    const { delivery } = stored;
    const webhook = (await webhooks.get(delivery.webhook))?.webhook;
    if (!webhook?.active || delivery.attempts >= ATTEMPTS_MAX) return webhooks.settle(stored);
    const attempts = delivery.attempts + 1;
    const later = { ...delivery, attempts, dueTimeMs: clock.now() + retryDelayMs(attempts) };
    if (!(await webhooks.postpone(stored, later))) return;
    if (await isTaken(webhook, stored)) await webhooks.settle({ ...stored, revision: stored.revision + 1 });
  };
  const isTaken = async (webhook: Webhook, { id, delivery }: StoredDelivery): Promise<boolean> => {
    try {
      const { event, data, timeMs } = delivery;
      const { status } = await sender.send({ webhook, deliveryId: id, event, data, timeMs }, stop.signal);
      return status >= 200 && status < 300;
    } catch {
      return false;
    }
  };
  const pass = async (): Promise<void> => {
    for (let due = await webhooks.due(clock.now(), AT_ONCE); due.length > 0 && !stop.signal.aborted; ) {
      await Promise.all(due.map(deliver));
      due = await webhooks.due(clock.now(), AT_ONCE);
    }
  };
  const run = (): Promise<void> => {
    underWay = underWay.catch(() => undefined).then(pass);
    return underWay;
  };
  const next = (delayMs: number): void => {
    clearTimeout(timer);
    // What fails here, such as storage that is away, is tried again with the next pass.
    const turn = (): Promise<void> =>
      run()
        .catch(() => undefined)
        .then(() => next(POLL_MS));
    if (!stop.signal.aborted) timer = setTimeout(() => void turn(), delayMs).unref();
  };
  next(POLL_MS);

  return {
    async events(project, events) {
      const writes = await webhooks.events(project, events);
      if (writes.length > 0) next(WRITING_MS);
      return writes;
    },
    flush: run,
    async close() {
      stop.abort();
      clearTimeout(timer);
      await underWay.catch(() => undefined);
    },
  };
}
