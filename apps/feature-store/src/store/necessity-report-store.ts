import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Filter, Store } from "@throughline/store";
import type { NecessityReport, NecessityReports } from "../domain/necessity/necessity-report.ts";
import { KEPT_INDEXES, kept } from "./kept-store.ts";
import { paged } from "./paged.ts";

const NECESSITY_REPORTS: CollectionDefinition<NecessityReport> = {
  name: "feature_store_necessity_reports",
  indexes: [...KEPT_INDEXES, { name: "by_service", fields: ["project", "featureService", "createTimeMs"] }],
};

/** Necessity reports, on the document port. */
export function necessityReportStore(store: Store, tokens: PageTokens): NecessityReports {
  const collection = store.collection(NECESSITY_REPORTS);
  return {
    ...kept(collection, tokens),
    list({ project, featureService, asOfMs }, page) {
      const where: Filter<NecessityReport> = {
        and: [
          { field: "project", eq: project },
          ...(featureService === "" ? [] : [{ field: "featureService" as const, eq: featureService }]),
          ...(asOfMs === undefined ? [] : [{ field: "createTimeMs" as const, lte: asOfMs }]),
        ],
      };
      const orderBy = [{ field: "createTimeMs", descending: true }] as const;
      const query = `${project} ${featureService}${asOfMs === undefined ? "" : ` by ${asOfMs}`}`;
      return paged(collection, { where, orderBy }, { tokens, query, page });
    },
  };
}
