import type { Write } from "@throughline/store";
import type { ListPage, PageRequest } from "./change.ts";
import type { EventName, RegistryEvents } from "./events.ts";

/** A program that is told of events. */
export interface Webhook {
  /** `projects/{project}/webhooks/{webhook}`. */
  readonly name: string;
  readonly project: string;
  readonly displayName: string;
  readonly description: string;
  readonly url: string;
  readonly events: readonly EventName[];
  readonly active: boolean;
  /** Shared with the receiver, as it is stored. Empty if nothing is signed. */
  readonly secret: string;
  readonly createTimeMs: number;
  readonly updateTimeMs: number;
}

export interface StoredWebhook {
  readonly revision: number;
  readonly webhook: Webhook;
}

/** An event that waits to be told to one webhook. */
export interface Delivery {
  readonly webhook: string;
  readonly event: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  /** When it happened. */
  readonly timeMs: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it is to be tried next. */
  readonly dueTimeMs: number;
}

export interface StoredDelivery {
  /** Also tells receivers that two deliveries are one. */
  readonly id: string;
  readonly revision: number;
  readonly delivery: Delivery;
}

/** A project in which active webhooks want to be told of some events. */
export interface ListeningProject {
  readonly project: string;
  /** When the first of these webhooks became what it is. */
  readonly sinceMs: number;
}

/**
 * Webhooks, and what waits for them. Laws:
 * - An event waits for each active webhook of its project that wants it, exactly if the batch of its writes was applied.
 * - Of two changes of one revision of a webhook the second fails with REVISION_CONFLICT.
 * - Lists start with the newest.
 */
export interface WebhookStore {
  insert(webhook: Webhook): Promise<readonly Write[]>;
  replace(stored: StoredWebhook, webhook: Webhook): Promise<readonly Write[]>;
  remove(stored: StoredWebhook): Promise<readonly Write[]>;
  get(name: string): Promise<StoredWebhook | undefined>;
  list(project: string, page: PageRequest): Promise<ListPage<StoredWebhook>>;
  /** How many a project has. */
  count(project: string): Promise<number>;
  readonly events: RegistryEvents;
  /** The projects that want to be told of any of these events. */
  listening(events: readonly EventName[]): Promise<readonly ListeningProject[]>;
  /** What is due by a time, the longest waiting first. */
  due(timeMs: number, limit: number): Promise<readonly StoredDelivery[]>;
  /** Keeps a delivery for another attempt. False if another replica took it meanwhile. */
  postpone(stored: StoredDelivery, delivery: Delivery): Promise<boolean>;
  /** Forgets a delivery. Nothing happens if another replica did. */
  settle(stored: StoredDelivery): Promise<void>;
}
