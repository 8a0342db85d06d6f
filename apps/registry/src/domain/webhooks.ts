import { type Clock, DomainError, invalidField, notFound, revisionConflict } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { EVENTS, type EventName } from "./events.ts";
import { exampleOf } from "./webhook-examples.ts";
import type { StoredWebhook, Webhook, WebhookStore } from "./webhook-store.ts";

/** Most webhooks of a project. */
const WEBHOOKS_MAX = 100;

/** Something to tell to a webhook. */
export interface Telling {
  readonly webhook: Webhook;
  /** The same for every attempt. */
  readonly deliveryId: string;
  readonly event: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened. */
  readonly timeMs: number;
}

/**
 * Reaches webhooks. Laws:
 * - Only public addresses, or those that the operator allows, are ever connected to, whatever a name means by then.
 * - No answer leads elsewhere, and each ends: in bytes and in time.
 */
export interface WebhookSender {
  /** What is wrong with an address. Undefined if it may be a webhook's. */
  problemOf(url: string): Promise<string | undefined>;
  /** A secret in the form in which it is stored. */
  seal(secret: string): string;
  /** Fails with an Error that says why nothing came back. */
  send(telling: Telling, signal?: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
}

export interface WebhookDeps {
  readonly webhooks: WebhookStore;
  readonly sender: WebhookSender;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly run: RunCall;
}

/** What a caller says of a webhook. */
export interface WebhookText {
  readonly displayName: string;
  readonly description: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
  /** As the caller gave it. Empty: nothing is signed. */
  readonly secret: string;
}

/** Fails with WEBHOOK_ADDRESS, WEBHOOKS_EXHAUSTED and INVALID_FIELD. */
export const createWebhook = (deps: WebhookDeps, call: Call, text: WebhookText): Promise<StoredWebhook> =>
  deps.run(call, async () => {
    const { project } = call;
    if ((await deps.webhooks.count(project)) >= WEBHOOKS_MAX) throw webhooksExhausted(project);
    const timeMs = deps.clock.now();
    const webhook: Webhook = {
      ...(await checked(deps, text)),
      secret: deps.sender.seal(text.secret),
      name: `${project}/webhooks/${deps.newId()}`,
      project,
      createTimeMs: timeMs,
      updateTimeMs: timeMs,
    };
    return { writes: await deps.webhooks.insert(webhook), response: { revision: 1, webhook } };
  });

async function checked({ sender }: WebhookDeps, text: WebhookText) {
  if (text.displayName === "") throw invalidField("webhook.display_name", "it is empty: a webhook needs a title");
  if (text.events.length === 0) throw invalidField("webhook.events", "it is empty: name what the webhook is told of");
  const problem = await sender.problemOf(text.url);
  if (problem !== undefined) throw webhookAddress(problem);
  return { ...text, events: [...new Set(text.events.map(eventOf))] };
}

const webhookAddress = (problem: string): DomainError => invalidField("webhook.url", problem, "WEBHOOK_ADDRESS");

/** An event by its name. Fails with INVALID_FIELD. */
function eventOf(text: string): EventName {
  const known = EVENTS.find((it) => it === text);
  if (!known) throw invalidField("webhook.events", `${text.slice(0, 100)} is not one of ${EVENTS.join(", ")}`);
  return known;
}

const webhooksExhausted = (project: string): DomainError =>
  new DomainError(
    "exhausted",
    "WEBHOOKS_EXHAUSTED",
    `${project} has ${WEBHOOKS_MAX} webhooks, which is the most. Delete one first.`,
    {
      metadata: { project, most: String(WEBHOOKS_MAX) },
    },
  );

/** A change of what is given. An empty etag is not checked. */
export interface WebhookUpdate extends Partial<WebhookText> {
  readonly name: string;
  readonly etag: string;
}

/** Fails with NOT_FOUND, REVISION_CONFLICT, WEBHOOK_ADDRESS and INVALID_FIELD. */
export const updateWebhook = (
  deps: WebhookDeps,
  call: Call,
  { name, etag, ...text }: WebhookUpdate,
): Promise<StoredWebhook> =>
  deps.run(call, async () => {
    const stored = await getWebhook(deps, name);
    const revision = String(stored.revision);
    if (etag !== "" && etag !== revision) throw revisionConflict(name, etag, revision);
    const { secret: sealed, ...before } = stored.webhook;
    const webhook: Webhook = {
      ...before,
      ...(await checked(deps, { ...before, secret: "", ...text })),
      secret: text.secret === undefined ? sealed : deps.sender.seal(text.secret),
      updateTimeMs: deps.clock.now(),
    };
    const writes = await deps.webhooks.replace(stored, webhook);
    return { writes, response: { revision: stored.revision + 1, webhook } };
  });

/** Removes a webhook; what waits for it is dropped. Fails with NOT_FOUND. */
export const deleteWebhook = async (deps: WebhookDeps, call: Call, name: string): Promise<void> => {
  await deps.run(call, async () => ({
    writes: await deps.webhooks.remove(await getWebhook(deps, name)),
    response: {},
  }));
};

/** Fails with NOT_FOUND. */
export async function getWebhook({ webhooks }: Pick<WebhookDeps, "webhooks">, name: string): Promise<StoredWebhook> {
  const stored = await webhooks.get(name);
  if (!stored) throw notFound(name);
  return stored;
}

/** Webhooks of a project, newest first. */
export const listWebhooks = (
  { webhooks }: Pick<WebhookDeps, "webhooks">,
  project: string,
  page: PageRequest,
): Promise<ListPage<StoredWebhook>> => webhooks.list(project, page);

/** What came of an example. */
export interface TestResult {
  readonly delivered: boolean;
  /** 0 if nothing came back. */
  readonly status: number;
  readonly body: string;
  /** Why nothing came back; empty if something did. */
  readonly error: string;
}

/** Sends an example of an event now: by default the first that the webhook is told of. Fails with NOT_FOUND and INVALID_FIELD. */
export async function testWebhook(
  deps: WebhookDeps,
  { name, event: asked }: { readonly name: string; readonly event: string },
): Promise<TestResult> {
  const { webhook } = await getWebhook(deps, name);
  const event = asked === "" ? (webhook.events[0] ?? EVENTS[0]) : eventOf(asked);
  try {
    const telling = { webhook, deliveryId: deps.newId(), event, data: exampleOf(event), timeMs: deps.clock.now() };
    const { status, body } = await deps.sender.send(telling);
    return { delivered: status >= 200 && status < 300, status, body, error: "" };
  } catch (error) {
    return { delivered: false, status: 0, body: "", error: error instanceof Error ? error.message : String(error) };
  }
}
