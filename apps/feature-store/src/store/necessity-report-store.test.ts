import { digestOfJson, pageTokens } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { DEFAULT_THRESHOLDS, type NecessityReport } from "../domain/necessity/necessity-report.ts";
import { testKept } from "../laws/kept.ts";
import { necessityReportStore } from "./necessity-report-store.ts";

const report = (id: string, createTimeMs: number, project = "p"): NecessityReport => ({
  project,
  id,
  digest: digestOfJson([project, id]),
  sizeBytes: 2,
  actor: "a",
  createTimeMs,
  featureService: "projects/p/featureServices/s",
  featureServiceVersion: 1,
  trainingSet: "t",
  label: "late",
  trainingSetFile: digestOfJson("file"),
  seed: -1,
  thresholds: DEFAULT_THRESHOLDS,
  notes: ["$a.b"],
  rowCount: 3,
  sampledRowCount: 3,
  comparedRowCount: 3,
  pairedRowCount: 3,
  releaseCount: 0,
  unreadFeatures: [],
  findings: [{ kind: "COSTLY", features: ["a.b"], evidence: { cost: 0.1 }, recommendation: "REMOVE", message: "m" }],
});

const tokens = pageTokens(Buffer.from("a secret of the tests"));

for (const database of everyDatabase()) {
  testKept(database, {
    port: "NecessityReports",
    make: report,
    open(store, tokens) {
      const reports = necessityReportStore(store, tokens);
      return {
        ...reports,
        list: (project, page, asOfMs) => reports.list({ project, featureService: "", asOfMs }, page),
      };
    },
  });

  test(`reports of one feature service are listed alone if it is named, on ${database.name}`, async () => {
    const store = await database.empty();
    const reports = necessityReportStore(store, tokens);
    const featureService = "projects/p/featureServices/other";
    const all = [report("b", 2), { ...report("a", 1), featureService }, report("c", 3)];
    for (const it of all) await store.batch(reports.adding(it));
    const some = await reports.list({ project: "p", featureService }, { size: 2, token: "" });
    expect(some.items.map((it) => it.id)).toEqual(["a"]);
    expect((await reports.list({ project: "p", featureService, asOfMs: 0 }, { size: 2, token: "" })).items).toEqual([]);
    const { nextPageToken } = await reports.list({ project: "p", featureService: "" }, { size: 2, token: "" });
    const other = reports.list({ project: "p", featureService }, { size: 2, token: nextPageToken });
    await expect(other).rejects.toMatchObject({
      reason: "BAD_PAGE_TOKEN",
    });
  });
}
