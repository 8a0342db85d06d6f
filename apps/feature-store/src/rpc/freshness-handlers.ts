import type { ServiceImpl } from "@connectrpc/connect";
import {
  type FreshnessService,
  FreshnessState,
} from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { fromNs } from "@throughline/rpc";
import type { FeatureStore } from "../domain/feature-store.ts";
import { type Freshness, freshnessOf } from "../domain/freshness.ts";
import { projectName, viewName } from "../domain/names.ts";
import { durationOf } from "./convert-definitions.ts";

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
