import { artifactFinder, featureServiceFinder } from "@throughline/rpc";
import { type FindingSources, findingsOf } from "./findings.ts";
import { freshnessAlertFinder } from "./freshness-alert-finder.ts";
import { trackingFiles } from "./tracking-files.ts";

/** What the registry asks the other services for. */
export const otherServices = (others: FindingSources) => ({
  artifacts: artifactFinder(others.tracking),
  files: trackingFiles(others.tracking),
  featureServices: featureServiceFinder(others.featureStore),
  freshnessAlerts: freshnessAlertFinder(others.featureStore),
  findings: findingsOf(others),
});
