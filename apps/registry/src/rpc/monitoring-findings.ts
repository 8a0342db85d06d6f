import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { ColumnClass } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import type { SkewReport } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { type DriftReport, DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { type Anomaly, Severity } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import type { Drift, MonitoringFindings } from "../domain/monitoring-findings.ts";
import { asking, CALL, isBy, newestOf, projectIn, thenOf, unlessMissing } from "./asking.ts";

/** Reports on something else that are passed over. */
const REPORTS_MAX = 100;
/** Views that are asked for at a time. */
const VIEWS_PAGE = 1_000;

/** Asks the feature store for skew reports, privacy and freshness, and validation for drift reports. */
export function monitoringFindings(sources: {
  readonly featureStore: Transport;
  readonly validation?: Transport;
}): MonitoringFindings {
  const skews = createClient(SkewService, sources.featureStore);
  const trainingSets = createClient(FeatureStoreService, sources.featureStore);
  const freshness = createClient(FreshnessService, sources.featureStore);
  const validation = sources.validation && createClient(ValidationService, sources.validation);
  return {
    skew: asking("feature store", "skew reports", async (release: string, asOfMs?: number) => {
      const load = async (pageToken: string) => {
        const asked = { parent: projectIn(release), pageSize: REPORTS_MAX, pageToken, ...thenOf(asOfMs) };
        const { skewReports: items, nextPageToken } = await skews.listSkewReports(asked, CALL);
        return { items, nextPageToken };
      };
      // What a report on several releases counts is told of all of them together.
      const isWanted = ({ releases: [only, ...more] }: SkewReport) => only?.release === release && more.length === 0;
      const found = await newestOf<SkewReport>(load, { isWanted, most: REPORTS_MAX, asOfMs });
      if (!found) return undefined;
      const differing = found.features.filter((it) => it.differingCount > 0n).map((it) => it.feature);
      const [rowCount, differingRowCount] = [Number(found.rowCount), Number(found.differingRowCount)];
      return { name: found.name, rowCount, differingRowCount, features: differing };
    }),
    drift: asking(
      "validation service",
      "drift reports",
      async (parent: string, baselineDigest: string, asOfMs?: number) => {
        if (!validation) return undefined;
        const load = async (pageToken: string) => {
          const asked = { parent, pageSize: REPORTS_MAX, pageToken, ...thenOf(asOfMs) };
          const { reports: items, nextPageToken } = await validation.listDriftReports(asked, CALL);
          return { items, nextPageToken };
        };
        const isWanted = (it: DriftReport) =>
          it.baselineDigest === baselineDigest && it.currentDigest !== baselineDigest;
        const found = await newestOf<DriftReport>(load, { isWanted, most: REPORTS_MAX, asOfMs });
        return found && driftOf(found);
      },
    ),
    treatedData: asking("feature store", "privacy policies of training sets", async (name: string, asOfMs?: number) => {
      const set = (await unlessMissing(trainingSets.getTrainingSet({ name }, CALL)))?.trainingSet;
      const policies = [...new Set(set?.privacy?.policies.map((it) => it.policy))];
      if (!set?.privacy || policies.length === 0 || !isBy(set.createTime, asOfMs)) return undefined;
      const { purpose, columns } = set.privacy;
      const sensitive = columns.filter((it) => it.class === ColumnClass.SENSITIVE);
      return { purpose, policies, columnCount: columns.length, sensitiveColumns: sensitive.map((it) => it.column) };
    }),
    unwatchedViews: asking("feature store", "targets of freshness", unwatchedIn(freshness)),
  };
}

/** Targets have no history: of an instant nothing is known. */
const unwatchedIn =
  (freshness: Client<typeof FreshnessService>) =>
  async (parent: string, views: readonly string[], asOfMs?: number): Promise<readonly string[] | undefined> => {
    if (asOfMs !== undefined) return undefined;
    const unwatched = new Set(views);
    for (let [pageToken, isMore] = ["", true]; isMore && unwatched.size > 0; isMore = pageToken !== "") {
      const page = await freshness.getFreshness({ parent, pageSize: VIEWS_PAGE, pageToken }, CALL);
      for (const { view, target } of page.freshness) if (target) unwatched.delete(view);
      pageToken = page.nextPageToken;
    }
    return [...unwatched];
  };

function driftOf({ name, columns, anomalies }: DriftReport): Drift {
  const drifted = columns.filter((it) => it.verdict === DriftVerdict.DRIFTED);
  const stable = columns.filter((it) => it.verdict === DriftVerdict.STABLE);
  const about = ({ column }: Anomaly) => column || "the whole data set";
  const wrong = anomalies.filter((it) => it.severity === Severity.ERROR).map(about);
  const warned = anomalies.filter((it) => it.severity !== Severity.ERROR).map(about);
  return {
    name,
    comparedCount: drifted.length + stable.length,
    wrong: [...new Set([...drifted.map((it) => it.column), ...wrong])],
    warned: [...new Set(warned)],
  };
}
