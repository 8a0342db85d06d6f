import { createClient } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import {
  type Operation,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { DomainError } from "@throughline/kernel";
import { sendJson } from "../http-error.ts";
import { queryOf } from "../target.ts";
import { type BodyFields, flag, optionalText, optionalTexts, requiredText } from "./body-fields.ts";
import { asFeastError, refused } from "./errors.ts";
import { type FeastCall, readFrom, writeTo } from "./feast-call.ts";
import { instantOf } from "./frame-value.ts";

/** `POST /materialize`. All that is not online yet is brought there, whatever the start and the end. */
export async function materialize(call: FeastCall, body: BodyFields): Promise<void> {
  const [start, end] = [optionalText(body, "start_ts"), optionalText(body, "end_ts")];
  if (!flag(body, "disable_event_timestamp")) {
    if (!start || !end) throw refused("start_ts and end_ts are required when disable_event_timestamp is False");
    const [from, until] = [secondsOf(start), secondsOf(end)];
    if (from >= until) throw refused(`start_ts (${start}) must be before end_ts (${end})`);
  }
  await bringOnline(call, body);
}

/** `POST /materialize-incremental`: the same, from where the last one ended. */
export async function materializeIncremental(call: FeastCall, body: BodyFields): Promise<void> {
  secondsOf(requiredText(body, "end_ts"));
  await bringOnline(call, body);
}

function secondsOf(text: string): number {
  const time = instantOf(text);
  if (!time) throw refused(`Invalid timestamp format: Unknown string format: ${text.slice(0, 100)}`);
  return Number(time.seconds) + time.nanos / 1e9;
}

/** Answers when all is online, or at once with 202 if the caller says `?async=true`. */
async function bringOnline(call: FeastCall, body: BodyFields): Promise<void> {
  const named = optionalTexts(body, "feature_views");
  const parent = `projects/${call.project}`;
  const isAsync = /^(true|1|yes|on)$/i.test(queryOf(call.query).get("async") ?? "");
  const names = isAsync ? (named ?? (await allViews(call, parent))) : (named ?? []);
  const views = names.map((it) => `${parent}/featureViews/${encodeURIComponent(it)}`);
  let operation: Operation | undefined;
  try {
    ({ operation } = await writeTo(call, OnlineService.method.materializeViews, { parent, views }));
  } catch (error) {
    throw asFeastError(error, (path) => path.replace(/^views\b/, "feature_views"));
  }
  if (isAsync) return sendJson(call.response, 202, { status: "accepted", feature_views: names });
  await ended(call, operation?.name ?? "");
  sendJson(call.response, 200, null);
}

async function allViews(call: FeastCall, parent: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await readFrom(call, FeatureStoreService.method.listFeatureViews, { parent, pageToken });
    ids.push(...page.featureViews.map((it) => it.name.slice(it.name.lastIndexOf("/") + 1)));
    if (page.nextPageToken === "") return ids;
    pageToken = page.nextPageToken;
  }
}

/** Waits for the end of an operation for as long as the caller does. Fails with its error. */
async function ended({ transportOf, headers, whenLeft }: FeastCall, name: string): Promise<void> {
  const operations = createClient(OperationService, transportOf(OperationService));
  let last: Operation | undefined;
  for await (const it of operations.watchOperation({ name }, { headers, signal: whenLeft() })) last = it.operation;
  if (last?.state === OperationState.SUCCEEDED) return;
  const why = last?.error?.message ?? "It was interrupted.";
  throw new DomainError("unavailable", "MATERIALIZATION_FAILED", `The materialization has not ended well: ${why}`);
}
