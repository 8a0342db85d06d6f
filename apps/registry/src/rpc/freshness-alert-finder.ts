import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  type FreshnessAlert as AlertMessage,
  FreshnessAlertKind,
  FreshnessService,
} from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import type { FreshnessAlert, FreshnessAlerts } from "../domain/ports.ts";

/** No longer is waited for one answer of the feature store. */
const CALL = { timeoutMs: 10_000 } as const;
const PAGE_SIZE = 100;
/** No more are told at once: what is older stays in the list of alerts. */
const ALERTS_MAX = 1_000;

/** Asks the feature store how fresh views are. */
export function freshnessAlertFinder(featureStore: Transport): FreshnessAlerts {
  const client = createClient(FreshnessService, featureStore);
  return {
    async newest(parent, isNew) {
      const found: FreshnessAlert[] = [];
      let pageToken = "";
      do {
        const page = await client.listFreshnessAlerts({ parent, pageSize: PAGE_SIZE, pageToken }, CALL);
        const alerts = page.alerts.map(alertFromProto);
        const known = alerts.findIndex((it) => !isNew(it));
        found.push(...(known < 0 ? alerts : alerts.slice(0, known)));
        pageToken = known < 0 ? page.nextPageToken : "";
      } while (pageToken !== "" && found.length < ALERTS_MAX);
      return found.reverse();
    },
  };
}

const alertFromProto = (it: AlertMessage): FreshnessAlert => ({
  name: it.name,
  number: Number(it.number),
  view: it.view,
  version: Number(it.version),
  kind: it.kind === FreshnessAlertKind.STALE ? "stale" : "recovered",
  timeMs: it.time ? timestampMs(it.time) : 0,
  newestEventMs: it.newestEventTime ? timestampMs(it.newestEventTime) : 0,
  eventAgeSeconds: it.eventAge ? durationMs(it.eventAge) / 1_000 : 0,
  targetSeconds: it.target && durationMs(it.target) / 1_000,
});
