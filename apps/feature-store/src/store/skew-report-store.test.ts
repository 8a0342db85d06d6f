import { digestOfJson, pageTokens } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { everyDatabase } from "@throughline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import type { SkewReport, SkewReports } from "../domain/skew/skew-report.ts";
import { skewReportStore } from "./skew-report-store.ts";

const tokens = pageTokens(Buffer.from("a secret of the tests"));

/** With a value of each kind that a document cannot hold as it is. */
const report = (id: string, createTimeMs: number, project = "p"): SkewReport => ({
  project,
  id,
  digest: digestOfJson([project, id]),
  sizeBytes: 2,
  actor: "a",
  createTimeMs,
  knownByMs: 7,
  deployment: `projects/${project}/deployments/d`,
  startNs: -(2n ** 62n),
  endNs: undefined,
  release: "",
  featureService: "s",
  featureServiceVersion: 2,
  servedFeatureServiceVersion: 1,
  dataVersion: 3,
  rowCount: 4,
  differingRowCount: 1,
  uncomparedFeatures: ["hour"],
  notes: ["a note"],
  features: [
    {
      feature: "v__x",
      view: "v",
      viewVersion: 2,
      servedViewVersion: 1,
      differingCount: 1,
      servedMissingCount: 0,
      joinedMissingCount: 0,
      absoluteDifference: undefined,
      examinedRowCount: 1,
      examples: [
        { prediction: "p1", asOfNs: 5n, served: Uint8Array.of(1, 2), joined: { ns: 2n ** 60n } },
        { prediction: "p2", asOfNs: 6n, served: Number.NaN, joined: null },
        { prediction: "p3", asOfNs: 7n, served: "text", joined: 2n ** 62n },
      ],
      distances: { jensenShannon: 0.5, populationStability: 1 },
      causes: [{ kind: "LATE_DATA", description: "late", rowCount: 1, dataVersions: [3] }],
    },
  ],
  releases: [{ release: "r", digest: digestOfJson("r"), rowCount: 4 }],
  segments: [{ segment: "s1", digest: digestOfJson("s1"), rowCount: 4 }],
  predictionsDigest: digestOfJson("file"),
  leftOut: { withoutEntity: 0, laterAsOf: 1, withoutLabel: 0, notSampled: 0 },
});

/** Checks the laws of SkewReports. */
function testSkewReports(adapter: string, empty: () => Promise<Store>): void {
  describe(`SkewReports laws: ${adapter}`, () => {
    let store: Store;
    let reports: SkewReports;
    beforeEach(async () => {
      store = await empty();
      reports = skewReportStore(store, tokens);
    });

    test("what was added is found as it was, by its project alone, and by the digest of its artifact", async () => {
      await store.batch(reports.adding(report("a", 1)));
      expect(await reports.get("p", "a")).toEqual(report("a", 1));
      expect(await reports.get("q", "a")).toBeUndefined();
      expect(await reports.isReferred(report("a", 1).digest)).toBe(true);
      expect(await reports.isReferred(report("b", 1).digest)).toBe(false);
    });

    test("of several writers of one id exactly one succeeds", async () => {
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map((time) => store.batch(reports.adding(report("a", time)))),
      );
      expect(outcomes.filter((it) => it.status === "fulfilled")).toHaveLength(1);
      for (const it of outcomes)
        if (it.status === "rejected") expect(it.reason).toMatchObject({ reason: "ALREADY_EXISTS" });
    });

    test("the newest come first, page by page, and projects never meet", async () => {
      for (const [id, time] of [
        ["b", 2],
        ["a", 1],
        ["c", 3],
      ] as const)
        await store.batch(reports.adding(report(id, time)));
      await store.batch(reports.adding(report("z", 9, "q")));
      const page = await reports.list("p", { size: 2, token: "" });
      expect(page.items.map((it) => it.id)).toEqual(["c", "b"]);
      const rest = await reports.list("p", { size: 2, token: page.nextPageToken });
      expect([rest.items.map((it) => it.id), rest.nextPageToken]).toEqual([["a"], ""]);
      await expect(reports.list("q", { size: 2, token: page.nextPageToken })).rejects.toMatchObject({
        reason: "BAD_PAGE_TOKEN",
      });
    });
  });
}

for (const database of everyDatabase()) testSkewReports(database.name, () => database.empty());
