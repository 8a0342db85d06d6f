import { canonicalRowBytes, type FeatureValue, type PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import { readCanonicalValue } from "@throughline/windows";
import type { FeatureSkew, SkewExample, SkewReport, SkewReports } from "../domain/skew/skew-report.ts";
import { definitionKey } from "./catalog-store.ts";
import { paged } from "./paged.ts";

/** A document has no bytes and no times: values of examples are kept by their canonical bytes, in base64. */
type StoredExample = Omit<SkewExample, "served" | "joined"> & { readonly served: string; readonly joined: string };
type StoredSkew = Omit<FeatureSkew, "examples"> & { readonly examples: readonly StoredExample[] };
type StoredReport = Omit<SkewReport, "features"> & { readonly features: readonly StoredSkew[] };

const SKEW_REPORTS: CollectionDefinition<StoredReport> = {
  name: "feature_store_skew_reports",
  indexes: [
    { name: "by_time", fields: ["project", "createTimeMs"] },
    { name: "by_digest", fields: ["digest"] },
  ],
};

/** Skew reports, on the document port. */
export function skewReportStore(store: Store, tokens: PageTokens): SkewReports {
  const collection = store.collection(SKEW_REPORTS);
  return {
    async get(project, id) {
      const found = await collection.get(definitionKey(project, id));
      return found && loaded(found.value);
    },
    async list(project, page) {
      const where = { field: "project", eq: project } as const;
      const orderBy = [{ field: "createTimeMs", descending: true }] as const;
      const found = await paged(collection, { where, orderBy }, { tokens, query: project, page });
      return { ...found, items: found.items.map(loaded) };
    },
    isReferred: async (digest) =>
      (await collection.find({ where: { field: "digest", eq: digest }, limit: 1 })).documents.length > 0,
    adding: (report) => [collection.writes.insert(definitionKey(report.project, report.id), stored(report))],
  };
}

const stored = (report: SkewReport): StoredReport => ({
  ...report,
  features: report.features.map((feature) => ({
    ...feature,
    examples: feature.examples.map((it) => ({ ...it, served: textOf(it.served), joined: textOf(it.joined) })),
  })),
});

const loaded = (report: StoredReport): SkewReport => ({
  ...report,
  features: report.features.map((feature) => ({
    ...feature,
    examples: feature.examples.map((it) => ({ ...it, served: readValue(it.served), joined: readValue(it.joined) })),
  })),
});

const textOf = (value: FeatureValue): string => canonicalRowBytes([value]).toString("base64");

const readValue = (text: string): FeatureValue => readCanonicalValue(Buffer.from(text, "base64"), 0).value;
