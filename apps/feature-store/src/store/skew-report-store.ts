import { canonicalRowBytes, type FeatureValue, type PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import { readCanonicalValue } from "@throughline/windows";
import type { FeatureSkew, SkewExample, SkewReport, SkewReports } from "../domain/skew/skew-report.ts";
import { KEPT_INDEXES, kept } from "./kept-store.ts";

/** A document has no bytes and no times: values of examples are kept by their canonical bytes, in base64. */
type StoredExample = Omit<SkewExample, "served" | "joined"> & { readonly served: string; readonly joined: string };
type StoredSkew = Omit<FeatureSkew, "examples"> & { readonly examples: readonly StoredExample[] };
type StoredReport = Omit<SkewReport, "features"> & { readonly features: readonly StoredSkew[] };

const SKEW_REPORTS: CollectionDefinition<StoredReport> = { name: "feature_store_skew_reports", indexes: KEPT_INDEXES };

/** Skew reports, on the document port. */
export function skewReportStore(store: Store, tokens: PageTokens): SkewReports {
  const reports = kept(store.collection(SKEW_REPORTS), tokens);
  return {
    async get(project, id) {
      const found = await reports.get(project, id);
      return found && loaded(found);
    },
    async list(project, page, asOfMs) {
      const found = await reports.list(project, page, asOfMs);
      return { ...found, items: found.items.map(loaded) };
    },
    isReferred: reports.isReferred,
    adding: (report) => reports.adding(stored(report)),
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
