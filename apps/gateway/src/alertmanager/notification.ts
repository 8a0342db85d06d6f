import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { invalidField } from "@throughline/kernel";
import { type Fields, fieldsOf, objects, pathOf, text } from "../json-fields.ts";

/** One alert of a notification, as far as it matters here. */
export interface Alert {
  /** Tells alerts apart; empty if the sender gives none. */
  readonly fingerprint: string;
  readonly isFiring: boolean;
  /** The label `alertname`. */
  readonly title: string;
  /** The label `deployment`: an id. Empty if the alert is not about one. */
  readonly deployment: string;
  /** The label `release`, likewise. */
  readonly release: string;
  /** The annotation `summary`, or `description`. */
  readonly summary: string;
  /** When it began to fire. */
  readonly startTime: Timestamp;
}

/** Most alerts of one notification. */
const ALERTS_MAX = 1_000;

/**
 * Reads the body of a webhook of Prometheus' Alertmanager (version 4 of its format, which Grafana sends too). Fails with
 * INVALID_FIELD and the path of the field.
 */
export function alertsIn(body: unknown): readonly Alert[] {
  const alerts = objects(fieldsOf(body, ""), "alerts", ALERTS_MAX);
  if (alerts.length === 0)
    throw invalidField("alerts", "expected what a webhook of Alertmanager sends: a list of alerts");
  return alerts.map(alertOf);
}

function alertOf(fields: Fields): Alert {
  const status = text(fields, "status");
  if (status !== "firing" && status !== "resolved")
    throw invalidField(pathOf(fields, "status"), "expected firing or resolved");
  const labels = within(fields, "labels");
  const annotations = within(fields, "annotations");
  return {
    fingerprint: text(fields, "fingerprint"),
    isFiring: status === "firing",
    title: text(labels, "alertname"),
    deployment: text(labels, "deployment"),
    release: text(labels, "release"),
    summary: text(annotations, "summary") || text(annotations, "description"),
    startTime: timeOf(fields, "startsAt"),
  };
}

const within = (fields: Fields, key: string): Fields => fieldsOf(fields.values[key] ?? {}, pathOf(fields, key));

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function timeOf(fields: Fields, key: string): Timestamp {
  const written = text(fields, key);
  const ms = TIME.test(written) ? Date.parse(written) : Number.NaN;
  if (!(ms >= 0)) throw invalidField(pathOf(fields, key), "expected a time such as 2026-11-22T10:00:00Z");
  return timestampFromMs(ms);
}
