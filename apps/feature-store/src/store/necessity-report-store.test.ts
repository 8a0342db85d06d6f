import { digestOfJson, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import {
  DEFAULT_THRESHOLDS,
  type NecessityReport,
  type NecessityReports,
} from "../domain/necessity/necessity-report.ts";
import { necessityReportStore } from "./necessity-report-store.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));

const report = (id: string, createTimeMs: number, said: Partial<NecessityReport> = {}): NecessityReport => ({
  project: "p",
  id,
  digest: digestOfJson(["p", id]),
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
  ...said,
});

/** Checks the laws of NecessityReports. */
function testNecessityReports(adapter: string, empty: () => Promise<Store>): void {
  describe(`NecessityReports laws: ${adapter}`, () => {
    let store: Store;
    let reports: NecessityReports;
    beforeEach(async () => {
      store = await empty();
      reports = necessityReportStore(store, tokens);
    });

    test("what was added is found as it was, by its project alone, and by the digest of its artifact", async () => {
      await store.batch(reports.adding(report("a", 1)));
      expect(await reports.get("p", "a")).toEqual(report("a", 1));
      expect(await reports.get("q", "a")).toBeUndefined();
      expect(await reports.isReferred(report("a", 1).digest)).toBe(true);
      expect(await reports.isReferred(report("b", 1).digest)).toBe(false);
    });

    test("of several writers of one id exactly one succeeds", async () => {
      const outcomes = await Promise.allSettled([1, 2, 3].map((it) => store.batch(reports.adding(report("a", it)))));
      expect(outcomes.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      for (const it of outcomes)
        if (it.status === "rejected") expect(it.reason).toMatchObject({ reason: "ALREADY_EXISTS" });
    });

    test("the newest come first, page by page, of one feature service if it is named; projects never meet", async () => {
      const other = { featureService: "projects/p/featureServices/other" };
      const all = [report("b", 2), report("a", 1, other), report("c", 3), report("z", 9, { project: "q" })];
      for (const it of all) await store.batch(reports.adding(it));
      const page = await reports.list("p", "", { size: 2, token: "" });
      expect(page.items.map((it) => it.id)).toEqual(["c", "b"]);
      const rest = await reports.list("p", "", { size: 2, token: page.nextPageToken });
      expect([rest.items.map((it) => it.id), rest.nextPageToken]).toEqual([["a"], ""]);
      const some = await reports.list("p", other.featureService, { size: 2, token: "" });
      expect(some.items.map((it) => it.id)).toEqual(["a"]);
      await expect(
        reports.list("p", other.featureService, { size: 2, token: page.nextPageToken }),
      ).rejects.toMatchObject({ reason: "BAD_PAGE_TOKEN" });
    });
  });
}

for (const database of everyDatabase()) testNecessityReports(database.name, () => database.empty());
