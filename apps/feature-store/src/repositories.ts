import type { Digest } from "@throughline/kernel";
import type { FeatureStoreDependencies } from "./dependencies.ts";
import type { StoredFiles } from "./domain/stored-files.ts";
import { dataLog } from "./store/data-log.ts";
import { dataRetentionStore } from "./store/data-retention-store.ts";
import { dataTagStore } from "./store/data-tag-store.ts";
import { expiryLog } from "./store/expiry-log.ts";
import { forgetLog } from "./store/forget-log.ts";
import { forgettingStore } from "./store/forgetting-store.ts";
import { freshnessAlertStore } from "./store/freshness-alert-store.ts";
import { generationStore } from "./store/generation-store.ts";
import { necessityReportStore } from "./store/necessity-report-store.ts";
import { privacyReportStore } from "./store/privacy-report-store.ts";
import { rowStreamStore } from "./store/row-stream-store.ts";
import { skewReportStore } from "./store/skew-report-store.ts";
import { storedFiles } from "./store/stored-files.ts";
import { trainingSetStore } from "./store/training-set-store.ts";
import { transformFitStore } from "./store/transform-fit-store.ts";

type FilesDependencies = Pick<
  FeatureStoreDependencies,
  "store" | "blobs" | "clock" | "newId" | "pageTokens" | "artifacts"
>;

/** Repositories of what was made of the data. */
export const resultStores = ({ store, pageTokens }: Pick<FeatureStoreDependencies, "store" | "pageTokens">) => ({
  trainingSets: trainingSetStore(store, pageTokens),
  transformFits: transformFitStore(store, pageTokens),
  skewReports: skewReportStore(store, pageTokens),
  necessityReports: necessityReportStore(store, pageTokens),
  privacyReports: privacyReportStore(store, pageTokens),
  forgettings: forgettingStore(store, pageTokens),
});

/** Repositories of a source's data. */
export const dataStores = ({ store, pageTokens }: Pick<FeatureStoreDependencies, "store" | "pageTokens">) => ({
  dataLog: dataLog(store, pageTokens),
  tags: dataTagStore(store, pageTokens),
  retentions: dataRetentionStore(store),
  expiryLog: expiryLog(store),
  rowStreams: rowStreamStore(store),
  freshnessAlerts: freshnessAlertStore(store, pageTokens),
  forgetLog: forgetLog(store),
  generationLog: generationStore(store),
});

/** The files of a feature store, and what of all that is kept refers to them. */
export function filesOf({ store, blobs, clock, newId, pageTokens, artifacts }: FilesDependencies): StoredFiles {
  const log = dataLog(store, pageTokens);
  const { trainingSets, transformFits, skewReports, necessityReports, privacyReports, forgettings } = resultStores({
    store,
    pageTokens,
  });
  const isReferred = async (digest: Digest): Promise<boolean> => {
    if ((await log.isReferred(digest)) || (await trainingSets.isReferred(digest))) return true;
    if ((await transformFits.isReferred(digest)) || (await necessityReports.isReferred(digest))) return true;
    if ((await privacyReports.isReferred(digest)) || (await forgettings.isReferred(digest))) return true;
    if (await skewReports.isReferred(digest)) return true;
    // The same bytes may have been uploaded: then they are an artifact, and not ours to remove. Segments are ours.
    for await (const project of log.projects()) {
      const found = await artifacts.find(project, digest);
      if (found && found.kind !== "SOURCE_SEGMENT") return true;
    }
    return false;
  };
  return storedFiles({ store, blobs, clock, newId, isReferred });
}
