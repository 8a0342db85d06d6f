import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { NecessityReport, NecessityReports } from "../domain/necessity/necessity-report.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

const NECESSITY_REPORTS: CollectionDefinition<NecessityReport> = {
  name: "feature_store_necessity_reports",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_service", fields: ["project", "featureService", "createTimeMs"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** Necessity reports, on the document port. */
export function necessityReportStore(store: Store, tokens: PageTokens): NecessityReports {
  const collection = store.collection(NECESSITY_REPORTS);
  return {
    get: async (project, id) => (await collection.get(definitionKey(project, id)))?.value,
    list(project, featureService, page) {
      const ofProject = { field: "project", eq: project } as const;
      const where =
        featureService === ""
          ? ofProject
          : ({ and: [ofProject, { field: "featureService", eq: featureService }] } as const);
      const orderBy = [{ field: "createTimeMs", descending: true }] as const;
      return paged(collection, { where, orderBy }, { tokens, query: `${project} ${featureService}`, page });
    },
    isReferred: async (digest) =>
      (await collection.find({ where: { field: "digest", eq: digest }, limit: 1 })).documents.length > 0,
    adding: (report) => [collection.writes.insert(definitionKey(report.project, report.id), report)],
  };
}
