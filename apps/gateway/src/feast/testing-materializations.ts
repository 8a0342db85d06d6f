import { BROKEN, type FeastCase, REFUSED } from "./testing-case.ts";

const MONTH = { start_ts: "2026-01-01T00:00:00", end_ts: "2026-01-03T00:00:00" };

/** Materializations, and such as have no answer. */
export const materializations: readonly FeastCase[] = [
  { name: "all views", path: "/materialize", body: MONTH, answer: { status: 200 } },
  { name: "one view", path: "/materialize", body: { ...MONTH, feature_views: ["shops"] }, answer: { status: 200 } },
  {
    name: "no such view",
    path: "/materialize",
    body: { ...MONTH, feature_views: ["nosuch"] },
    answer: { status: 404, error: "FeatureViewNotFoundException" },
  },
  { name: "no end", path: "/materialize", body: { start_ts: MONTH.start_ts }, answer: REFUSED, feast: BROKEN },
  { name: "no time", path: "/materialize", body: { start_ts: "x", end_ts: "y" }, answer: REFUSED, feast: BROKEN },
  {
    name: "materialize-incremental",
    path: "/materialize-incremental",
    body: { end_ts: MONTH.end_ts },
    answer: { status: 200 },
  },
  {
    name: "materialize-incremental without an end",
    path: "/materialize-incremental",
    body: {},
    answer: { status: 422, detail: ["missing", "body", "end_ts"] },
  },
];
