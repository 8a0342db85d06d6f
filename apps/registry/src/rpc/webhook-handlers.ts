import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateWebhookRequestSchema,
  DeleteWebhookRequestSchema,
  UpdateWebhookRequestSchema,
  type Webhook as WebhookMessage,
  WebhookSchema,
  type WebhookService,
  WebhookState,
} from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { PROJECT, WEBHOOK } from "../domain/names.ts";
import type { StoredWebhook } from "../domain/webhook-store.ts";
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  testWebhook,
  updateWebhook,
  type WebhookDeps,
  type WebhookText,
} from "../domain/webhooks.ts";
import { callOf, pageOf } from "./call.ts";

/** The edge of WebhookService: convert, call, convert. */
export const webhookHandlers = (
  deps: WebhookDeps & { readonly pageTokens: PageTokens },
): ServiceImpl<typeof WebhookService> => ({
  async createWebhook(request, context) {
    PROJECT.parse(request.parent, "parent");
    if (!request.webhook) throw invalidField("webhook", "it is missing");
    const call = callOf(CreateWebhookRequestSchema, request, { resource: request.parent, context });
    return { webhook: webhookToProto(await createWebhook(deps, call, textFromProto(request.webhook))) };
  },

  async getWebhook({ name }) {
    WEBHOOK.parse(name);
    return { webhook: webhookToProto(await getWebhook(deps, name)) };
  },

  async listWebhooks(request) {
    const { parent } = request;
    PROJECT.parse(parent, "parent");
    const page = await pageOf(deps.pageTokens, { query: ["webhooks", parent], request }, (it) =>
      listWebhooks(deps, parent, it),
    );
    return { webhooks: page.items.map(webhookToProto), nextPageToken: page.nextPageToken };
  },

  async updateWebhook(request, context) {
    const { webhook, updateMask } = request;
    const name = webhook?.name ?? "";
    WEBHOOK.parse(name, "webhook.name");
    if (!webhook) throw invalidField("webhook", "it is missing");
    const call = callOf(UpdateWebhookRequestSchema, request, { resource: name, context });
    const update = { ...maskedText(webhook, updateMask?.paths ?? []), name, etag: webhook.etag };
    return { webhook: webhookToProto(await updateWebhook(deps, call, update)) };
  },

  async deleteWebhook(request, context) {
    WEBHOOK.parse(request.name);
    await deleteWebhook(
      deps,
      callOf(DeleteWebhookRequestSchema, request, { resource: request.name, context }),
      request.name,
    );
    return {};
  },

  async testWebhook({ name, event }) {
    WEBHOOK.parse(name);
    return testWebhook(deps, { name, event });
  },
});

const textFromProto = ({ displayName, description, url, events, state, secret }: WebhookMessage): WebhookText => ({
  displayName,
  description,
  url,
  events,
  active: state !== WebhookState.DISABLED,
  secret,
});

const MASKED: Readonly<Record<string, keyof WebhookText>> = {
  display_name: "displayName",
  description: "description",
  url: "url",
  events: "events",
  state: "active",
  secret: "secret",
};

/** The masked fields. Fails with INVALID_FIELD for others, and if there are none: what is empty may be meant so. */
function maskedText(webhook: WebhookMessage, paths: readonly string[]): Partial<WebhookText> {
  const text = textFromProto(webhook);
  if (paths.length === 0) throw invalidField("update_mask", `name what changes: ${Object.keys(MASKED).join(", ")}`);
  const fields = paths.map((path) => {
    const field = Object.hasOwn(MASKED, path) ? MASKED[path] : undefined;
    if (!field)
      throw invalidField("update_mask", `${path} cannot be changed: only ${Object.keys(MASKED).join(", ")} can`);
    return [field, text[field]] as const;
  });
  return Object.fromEntries(fields);
}

/** Without the secret, which is never given back. */
const webhookToProto = ({ revision, webhook }: StoredWebhook): WebhookMessage =>
  create(WebhookSchema, {
    name: webhook.name,
    displayName: webhook.displayName,
    description: webhook.description,
    url: webhook.url,
    events: [...webhook.events],
    state: webhook.active ? WebhookState.ACTIVE : WebhookState.DISABLED,
    createTime: fromMs(webhook.createTimeMs),
    updateTime: fromMs(webhook.updateTimeMs),
    etag: String(revision),
  });
