import { createHmac } from "node:crypto";
import type { EventName } from "../domain/events.ts";

/** A delivery as it goes over the wire. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is told: the event, when it happened, and the data that MLflow's receivers expect of it. */
export interface Told {
  /** The same for every attempt. */
  readonly deliveryId: string;
  readonly event: EventName;
  readonly data: Readonly<Record<string, unknown>>;
  readonly timeMs: number;
}

/**
 * The message as MLflow's webhooks have it: `entity`, `action`, `timestamp` and `data`; signed, if there is a secret, by
 * HMAC SHA-256 over delivery id, time of sending in seconds and body, with dots between.
 */
export function messageOf(told: Told, { secret, nowMs }: { readonly secret: string; readonly nowMs: number }): Message {
  const [entity, action] = told.event.split(".");
  const timestamp = new Date(told.timeMs).toISOString().replace("Z", "000+00:00");
  const body = JSON.stringify({ entity, action, timestamp, data: told.data });
  const seconds = String(Math.floor(nowMs / 1_000));
  const signed = `${told.deliveryId}.${seconds}.${body}`;
  return {
    body,
    headers: {
      "content-type": "application/json",
      "user-agent": "throughline",
      "x-mlflow-delivery-id": told.deliveryId,
      "x-mlflow-timestamp": seconds,
      ...(secret !== "" && {
        "x-mlflow-signature": `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`,
      }),
    },
  };
}
