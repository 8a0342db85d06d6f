import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { KeptReport, PrivacyReports } from "../domain/privacy/report.ts";
import { KEPT_INDEXES, kept } from "./kept-store.ts";

const REPORTS: CollectionDefinition<KeptReport> = { name: "feature_store_privacy_reports", indexes: KEPT_INDEXES };

/** Privacy reports, on the document port. */
export const privacyReportStore = (store: Store, tokens: PageTokens): PrivacyReports =>
  kept(store.collection(REPORTS), tokens);
