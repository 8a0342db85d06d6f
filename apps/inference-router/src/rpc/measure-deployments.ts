import type { Telemetry } from "@throughline/telemetry";
import { BUCKETS } from "../domain/deployment.ts";
import type { DeploymentTable } from "../domain/deployment-table.ts";
import type { PredictionLog } from "../domain/prediction-log.ts";
import type { ReleaseTally } from "../domain/tally.ts";

interface Parts {
  readonly table: Pick<DeploymentTable, "states">;
  readonly log: Pick<PredictionLog, "tally">;
}

/**
 * What each release does at each deployment where it has a share, as counted from this router's log. The labels `project`, `deployment`
 * and `release` are ids, as Alertmanager's webhook at the gateway takes them.
 */
export function measureDeployments(meter: Telemetry["meter"], parts: Parts): void {
  const counted = (name: string, description: string, count: (tally: ReleaseTally) => number) =>
    meter.createObservableCounter(`throughline_${name}_total`, { description }).addCallback((it) => {
      for (const { attributes, tally } of served(parts)) if (tally) it.observe(count(tally), attributes);
    });
  counted("predictions", "Rows that a release answered.", (it) => it.predictionCount);
  counted("prediction_failures", "Requests that a release failed to answer.", (it) => it.failureCount);
  counted("prediction_outliers", "Rows that an outlier gate refused.", (it) => it.refusedCount);
  counted("prediction_seconds", "Time that answers took, to 2 %.", (it) => it.latency.sumUs() / 1e6);
  const description = "Share of a release that a deployment is to have, from 0 to 1.";
  meter.createObservableGauge("throughline_deployment_share", { description }).addCallback((it) => {
    for (const { attributes, share } of served(parts)) it.observe(share, attributes);
  });
}

function* served({ table, log }: Parts) {
  for (const { desired } of table.states()) {
    const tallies = log.tally(desired.name);
    const [, project = "", , deployment = ""] = desired.name.split("/");
    for (const { release, basisPoints } of desired.shares) {
      if (basisPoints === 0) continue;
      const attributes = { project, deployment, release: release.slice(release.lastIndexOf("/") + 1) };
      yield { attributes, tally: tallies.get(release), share: basisPoints / BUCKETS };
    }
  }
}
