import { createRouterTransport } from "@connectrpc/connect";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { FreshnessService } from "@throughline/contracts/throughline/features/v1/freshness_service_pb";
import { ColumnClass } from "@throughline/contracts/throughline/features/v1/privacy_pb";
import { SkewService } from "@throughline/contracts/throughline/features/v1/skew_service_pb";
import { DriftVerdict } from "@throughline/contracts/throughline/validation/v1/drift_pb";
import { Severity } from "@throughline/contracts/throughline/validation/v1/schema_pb";
import { ValidationService } from "@throughline/contracts/throughline/validation/v1/validation_service_pb";
import { notFound } from "@throughline/kernel";
import { fromMs, translate } from "@throughline/rpc";
import { expect, test } from "vitest";
import { monitoringFindings } from "./monitoring-findings.ts";

const RELEASE = "projects/p/releases/r";
const OTHER = "projects/p/releases/other";
const skewReport = (name: string, release: string, createMs: number, differing: readonly string[]) => ({
  name,
  releases: release.split(" ").map((it) => ({ release: it })),
  createTime: fromMs(createMs),
  rowCount: 40n,
  differingRowCount: BigInt(differing.length),
  features: ["wind", "snow"].map((feature) => ({ feature, differingCount: differing.includes(feature) ? 1n : 0n })),
});
const view = (id: string) => `projects/p/featureViews/${id}`;

const transport = createRouterTransport(({ service }) => {
  service(SkewService, {
    listSkewReports: ({ pageToken }) =>
      pageToken === ""
        ? {
            skewReports: [
              skewReport("newest", OTHER, 9, []),
              skewReport("of both", `${OTHER} ${RELEASE}`, 8, ["wind"]),
              skewReport("of both too", `${RELEASE} ${OTHER}`, 7, ["wind"]),
              skewReport("newer", RELEASE, 5, ["snow"]),
            ],
            nextPageToken: "next",
          }
        : { skewReports: [skewReport("old", RELEASE, 3, [])] },
  });
  service(ValidationService, {
    listDriftReports: () => ({
      reports: [
        { name: "itself", baselineDigest: "base", currentDigest: "base", createTime: fromMs(8) },
        {
          name: "drifted",
          baselineDigest: "base",
          currentDigest: "now",
          createTime: fromMs(6),
          columns: [
            { column: "origin", verdict: DriftVerdict.DRIFTED },
            { column: "carrier", verdict: DriftVerdict.STABLE },
            { column: "rare", verdict: DriftVerdict.NOT_ENOUGH_DATA },
          ],
          anomalies: [
            { column: "origin", severity: Severity.ERROR },
            { column: "tail", severity: Severity.ERROR },
            { column: "", type: "DATASET_LOW_NUM_EXAMPLES", severity: Severity.ERROR },
            { column: "new", severity: Severity.WARNING },
            { column: "new", severity: Severity.WARNING },
          ],
        },
      ],
    }),
  });
  service(FeatureStoreService, {
    getTrainingSet({ name }) {
      const columns = [
        { column: "name", class: ColumnClass.IDENTIFIER },
        { column: "people__sex", class: ColumnClass.SENSITIVE },
      ];
      const privacy = { purpose: "delays", policies: [{ policy: "people" }], columns };
      const createTime = fromMs(4);
      if (name.endsWith("/treated")) return { trainingSet: { name, createTime, privacy } };
      if (name.endsWith("/plain")) return { trainingSet: { name, createTime } };
      throw translate(notFound(name), () => {});
    },
  });
  service(FreshnessService, {
    getFreshness: ({ pageToken }) =>
      pageToken === ""
        ? { freshness: [{ view: view("planes") }], nextPageToken: "next" }
        : { freshness: [{ view: view("weather"), target: { seconds: 60n } }] },
  });
});
const findings = monitoringFindings({ featureStore: transport, validation: transport });

test("the newest skew report on the release alone counts, or the newest at an instant", async () => {
  expect(await findings.skew(RELEASE)).toEqual({
    name: "newer",
    rowCount: 40,
    differingRowCount: 1,
    features: ["snow"],
  });
  expect((await findings.skew(RELEASE, 4))?.name).toBe("old");
  expect(await findings.skew(RELEASE, 2)).toBeUndefined();
  expect(await findings.skew("projects/p/releases/none")).toBeUndefined();
});

test("a drift report tells of other data than the baseline itself, each column once", async () => {
  expect(await findings.drift("projects/p", "base")).toEqual({
    name: "drifted",
    comparedCount: 2,
    wrong: ["origin", "tail", "the whole data set"],
    warned: ["new"],
  });
  expect(await findings.drift("projects/p", "base", 5)).toBeUndefined();
  expect(await findings.drift("projects/p", "another")).toBeUndefined();
  expect(await monitoringFindings({ featureStore: transport }).drift("projects/p", "base")).toBeUndefined();
});

test("a training set tells which policies spoke about it, if any did", async () => {
  const treated = { purpose: "delays", policies: ["people"], columnCount: 2, sensitiveColumns: ["people__sex"] };
  expect(await findings.treatedData("projects/p/trainingSets/treated", 4)).toEqual(treated);
  expect(await findings.treatedData("projects/p/trainingSets/treated", 3)).toBeUndefined();
  expect(await findings.treatedData("projects/p/trainingSets/plain")).toBeUndefined();
  expect(await findings.treatedData("projects/p/trainingSets/none")).toBeUndefined();
});

test("views without a target for their freshness are named; targets have no history", async () => {
  const views = ["weather", "planes", "gone"].map(view);
  expect(await findings.unwatchedViews("projects/p", views)).toEqual([view("planes"), view("gone")]);
  expect(await findings.unwatchedViews("projects/p", views, 9)).toBeUndefined();
});
