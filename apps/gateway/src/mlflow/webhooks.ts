import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Webhook,
  type WebhookSchema,
  WebhookService,
  WebhookState,
} from "@throughline/contracts/throughline/registry/v1/webhook_service_pb";
import { invalidField } from "@throughline/kernel";
import { count, type Fields, fieldsOf, objects, optionalText, requiredText, text } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING, some } from "./endpoint.ts";
import { lastOf } from "./locations.ts";
import { msOf } from "./time.ts";

const service = WebhookService.method;

const PAGE = { most: 1_000, fallback: 100 } as const;

/** Webhooks: who is told of changes in the registry. */
export const WEBHOOKS: readonly Endpoint[] = [
  {
    verbs: ["POST"],
    path: "webhooks",
    async answer(call) {
      const { fields, project } = call;
      for (const key of ["name", "url"]) requiredText(fields, key);
      const asked = {
        parent: project,
        webhook: { ...textsIn(fields), events: eventsIn(fields), state: stateIn(fields) },
      };
      return answerWith((await callService(call, service.createWebhook, asked)).webhook);
    },
  },
  {
    verbs: ["GET"],
    path: "webhooks",
    async answer(call) {
      const asked = {
        parent: call.project,
        pageSize: count(call.fields, "max_results", PAGE),
        pageToken: text(call.fields, "page_token"),
      };
      const { webhooks, nextPageToken } = await callService(call, service.listWebhooks, asked);
      return { webhooks: some(webhooks.map(webhookJson)), next_page_token: nextPageToken || undefined };
    },
  },
  {
    verbs: ["GET"],
    path: "webhooks/{}",
    answer: async (call) => answerWith((await callService(call, service.getWebhook, { name: nameOf(call) })).webhook),
  },
  { verbs: ["PATCH"], path: "webhooks/{}", answer: change },
  {
    verbs: ["DELETE"],
    path: "webhooks/{}",
    async answer(call) {
      await callService(call, service.deleteWebhook, { name: nameOf(call) });
      return NOTHING;
    },
  },
  { verbs: ["POST"], path: "webhooks/{}/test", answer: tryOut },
];

const nameOf = ({ project, pathValues }: MlflowCall): string => `${project}/webhooks/${pathValues[0] ?? ""}`;

const answerWith = (webhook: Webhook | undefined): unknown => ({ webhook: webhook && webhookJson(webhook) });

type Given = MessageInitShape<typeof WebhookSchema>;

const KEYS = { name: "displayName", description: "description", url: "url", secret: "secret" } as const;
const MASK = { name: "display_name", description: "description", url: "url", secret: "secret" } as const;

/** The texts that a request gives. */
function textsIn(fields: Fields): Pick<Given, "displayName" | "description" | "url" | "secret"> {
  const given = Object.entries(KEYS).map(([key, name]) => [name, optionalText(fields, key)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** `{"entity": "MODEL_VERSION_TAG", "action": "SET"}` is `model_version_tag.set`. */
function eventOf(fields: Fields): string {
  const event = `${requiredText(fields, "entity")}.${requiredText(fields, "action")}`;
  if (!/^[A-Z_]{1,50}\.[A-Z_]{1,20}$/.test(event)) throw invalidField(fields.path, "there is no such event");
  return event.toLowerCase();
}

const eventsIn = (fields: Fields): string[] => objects(fields, "events", 100).map(eventOf);

const STATES: Readonly<Record<string, WebhookState>> = {
  "": WebhookState.UNSPECIFIED,
  ACTIVE: WebhookState.ACTIVE,
  DISABLED: WebhookState.DISABLED,
};

function stateIn(fields: Fields): WebhookState {
  const given = text(fields, "status");
  const state = Object.hasOwn(STATES, given) ? STATES[given] : undefined;
  if (state === undefined) throw invalidField("status", "expected ACTIVE or DISABLED");
  return state;
}

async function change(call: MlflowCall): Promise<unknown> {
  const { fields } = call;
  const events = eventsIn(fields);
  const state = stateIn(fields);
  const given = Object.entries(MASK).filter(([key]) => optionalText(fields, key) !== undefined);
  const paths: string[] = given.map(([, path]) => path);
  if (events.length > 0) paths.push("events");
  if (state !== WebhookState.UNSPECIFIED) paths.push("state");
  // The contract's rules hold for the whole webhook, whatever of it is changed.
  const { webhook: current } = await callService(call, service.getWebhook, { name: nameOf(call) });
  const webhook = {
    name: nameOf(call),
    displayName: current?.displayName ?? "",
    url: current?.url ?? "",
    etag: current?.etag ?? "",
    ...textsIn(fields),
    events: events.length > 0 ? events : (current?.events ?? []),
    state,
  };
  return answerWith((await callService(call, service.updateWebhook, { webhook, updateMask: { paths } })).webhook);
}

async function tryOut(call: MlflowCall): Promise<unknown> {
  const { event } = call.fields.values;
  const asked = { name: nameOf(call), ...(event != null && { event: eventOf(fieldsOf(event, "event")) }) };
  const { delivered, status, body, error } = await callService(call, service.testWebhook, asked);
  return {
    result: {
      success: delivered,
      response_status: status || undefined,
      response_body: body || undefined,
      error_message: error || undefined,
    },
  };
}

const webhookJson = (webhook: Webhook): unknown => ({
  webhook_id: lastOf(webhook.name),
  name: webhook.displayName,
  description: webhook.description || undefined,
  url: webhook.url,
  events: webhook.events.map(eventJson),
  status: webhook.state === WebhookState.DISABLED ? "DISABLED" : "ACTIVE",
  creation_timestamp: msOf(webhook.createTime),
  last_updated_timestamp: msOf(webhook.updateTime ?? webhook.createTime),
});

function eventJson(event: string): unknown {
  const [entity = "", action = ""] = event.toUpperCase().split(".");
  return { entity, action };
}
