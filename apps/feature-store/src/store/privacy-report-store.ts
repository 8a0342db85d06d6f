import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { KeptReport, PrivacyReports } from "../domain/privacy/report.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

const REPORTS: CollectionDefinition<KeptReport> = {
  name: "feature_store_privacy_reports",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** Privacy reports, on the document port. */
export function privacyReportStore(store: Store, tokens: PageTokens): PrivacyReports {
  const collection = store.collection(REPORTS);
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value,
    list: (project, page) =>
      paged(
        collection,
        { where: { field: "project", eq: project }, orderBy: [{ field: "createTimeMs", descending: true }] },
        { tokens, query: project, page },
      ),
    isReferred: async (digest) =>
      (await collection.find({ where: { field: "digest", eq: digest }, limit: 1 })).documents.length > 0,
    adding: (report) => [collection.writes.insert(definitionKey(report.project, report.id), report)],
  };
}
