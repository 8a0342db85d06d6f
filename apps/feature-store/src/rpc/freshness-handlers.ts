import type { ServiceImpl } from "@connectrpc/connect";
import {
  FreshnessAlertKind,
  type FreshnessService,
  FreshnessState,
} from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { fromMs, fromNs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { type Freshness, freshnessOf } from "../domain/freshness.ts";
import type { FreshnessAlert } from "../domain/freshness-alerts.ts";
import { freshnessAlertName, projectName, viewName } from "../domain/names.ts";
import { durationOf } from "./convert-duration.ts";

const STATES: Readonly<Record<Freshness["state"], FreshnessState>> = {
  fresh: FreshnessState.FRESH,
  stale: FreshnessState.STALE,
  empty: FreshnessState.EMPTY,
};

/** Convert, call, convert. */
export const freshnessHandlers = (store: FeatureStore): ServiceImpl<typeof FreshnessService> => ({
  async getFreshness({ parent, pageSize, pageToken }) {
    const { project } = projectName.parse(parent, "parent");
    const nowNs = BigInt(store.clock.now()) * 1_000_000n;
    const page = await freshnessOf(store, { project, nowNs, page: { size: pageSize, token: pageToken } });
    return { freshness: page.items.map(freshnessToProto), nextPageToken: page.nextPageToken };
  },

  async listFreshnessAlerts({ parent, view, pageSize, pageToken }) {
    const { project } = projectName.parse(parent, "parent");
    const of = view === "" ? undefined : viewName.parse(view, "view").view;
    const page = await store.freshnessAlerts.list(project, of, { size: pageSize, token: pageToken });
    return { alerts: page.items.map(alertToProto), nextPageToken: page.nextPageToken };
  },

  async *watchFreshnessAlerts({ parent, after }, { signal }) {
    const { project } = projectName.parse(parent, "parent");
    const alerts = store.alerting.watch(project, after === undefined ? undefined : Number(after), signal);
    for await (const it of alerts) yield { alert: alertToProto(it) };
  },
});

const KINDS: Readonly<Record<FreshnessAlert["kind"], FreshnessAlertKind>> = {
  stale: FreshnessAlertKind.STALE,
  recovered: FreshnessAlertKind.RECOVERED,
};

const alertToProto = (it: FreshnessAlert) => ({
  name: freshnessAlertName.format({ project: it.project, alert: String(it.number) }),
  number: BigInt(it.number),
  view: viewName.format({ project: it.project, view: it.view }),
  version: BigInt(it.version),
  kind: KINDS[it.kind],
  actor: it.actor,
  time: fromMs(it.timeMs),
  eventAge: durationOf(it.eventAgeNs),
  ...(it.targetNs !== undefined && { target: durationOf(it.targetNs) }),
  newestEventTime: fromNs(it.newestEventNs),
});

const freshnessToProto = (it: Freshness) => ({
  view: viewName.format({ project: it.view.project, view: it.view.id }),
  version: BigInt(it.view.version),
  ...(it.newestEventNs !== undefined && { newestEventTime: fromNs(it.newestEventNs) }),
  ...(it.newestKnowledgeNs !== undefined && { newestKnowledgeTime: fromNs(it.newestKnowledgeNs) }),
  ...(it.eventAgeNs !== undefined && { eventAge: durationOf(it.eventAgeNs) }),
  ...(it.knowledgeAgeNs !== undefined && { knowledgeAge: durationOf(it.knowledgeAgeNs) }),
  ...(it.view.freshnessTargetNs !== undefined && { target: durationOf(it.view.freshnessTargetNs) }),
  state: STATES[it.state],
  segmentsBehind: BigInt(it.segmentsBehind),
});
