import { digestOfJson } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import type { SkewReport } from "../domain/skew/skew-report.ts";
import { testKept } from "../laws/kept.ts";
import { skewReportStore } from "./skew-report-store.ts";

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

for (const database of everyDatabase())
  testKept(database, { port: "SkewReports", make: report, open: skewReportStore });
