import type { Log, Telemetry } from "@throughline/telemetry";
import type { Alerting } from "./domain/alerting.ts";
import type { FeatureStore } from "./domain/feature-store.ts";
import { type Freshness, freshnessOfView } from "./domain/freshness.ts";

/** Views that are measured: each is a line of every scrape. */
const VIEWS_MAX = 500;

/**
 * Measures at each scrape how old the newest event behind each view is, in seconds, beside the view's target, and how many
 * segments are not online yet. The views are those that some feature service reads.
 */
export function measureFreshness(meter: Telemetry["meter"], store: FeatureStore): void {
  const age = meter.createObservableGauge("throughline_feature_event_age_seconds", {
    description: "Age of the newest event behind a feature view",
  });
  const target = meter.createObservableGauge("throughline_feature_freshness_target_seconds", {
    description: "How old the newest event behind a feature view may be",
  });
  const behind = meter.createObservableGauge("throughline_feature_segments_behind", {
    description: "Segments behind a feature view that are not online yet",
  });
  const alerts = meter.createCounter("throughline_feature_freshness_alerts_total", {
    description: "Times that a feature view grew older than its target (kind stale), and recovered",
  });
  store.alerting.onAlert(({ project, view, kind }) => alerts.add(1, { project, view, kind }));
  const stale = meter.createObservableGauge("throughline_feature_stale", {
    description: "1 if the newest event behind a feature view is older than its target",
  });
  meter.addBatchObservableCallback(
    async (result) => {
      for (const it of await measured(store)) {
        const { project, id, freshnessTargetNs } = it.view;
        const labels = { project, view: id };
        if (it.eventAgeNs !== undefined) result.observe(age, seconds(it.eventAgeNs), labels);
        if (freshnessTargetNs !== undefined) result.observe(target, seconds(freshnessTargetNs), labels);
        result.observe(behind, it.segmentsBehind, labels);
        if (freshnessTargetNs !== undefined) result.observe(stale, it.state === "stale" ? 1 : 0, labels);
      }
    },
    [age, target, behind, stale],
  );
}

/** Writes each crossing to the log, once: an alert is kept once, by the process that saw it first. */
export function logFreshness(log: Log, alerting: Pick<Alerting, "onAlert">): void {
  alerting.onAlert(({ project, view, kind, number, eventAgeNs, targetNs }) =>
    log.info({
      event: `freshness ${kind}`,
      project,
      view,
      alert: number,
      ageSeconds: seconds(eventAgeNs),
      ...(targetNs !== undefined && { targetSeconds: seconds(targetNs) }),
    }),
  );
}

async function measured(store: FeatureStore): Promise<readonly Freshness[]> {
  const nowNs = BigInt(store.clock.now()) * 1_000_000n;
  const found: Freshness[] = [];
  for (const { project, id } of store.generations.views().slice(0, VIEWS_MAX)) {
    const view = await store.catalog.views.current(project, id);
    if (view) found.push(await freshnessOfView(store, await store.define.describedView(view), nowNs));
  }
  return found;
}

const seconds = (ns: bigint): number => Number(ns / 1_000_000n) / 1_000;
