import { create } from "@bufbuild/protobuf";
import { SkewCauseKind, SkewReportSchema } from "@throughline/contracts/throughline/features/v1/skew_report_pb";
import { TrainingSetSchema } from "@throughline/contracts/throughline/features/v1/training_set_pb";
import { expect, test } from "vitest";
import { loggedSetTable, skewTable } from "./log-tables.ts";

const cells = (table: string, about: string): readonly string[] =>
  (table.split("\n").find((it) => it.includes(about)) ?? "").split("│").map((it) => it.trim());

test("a skew report is shown with what differs alone, beside what was counted and why", () => {
  const report = create(SkewReportSchema, {
    features: [
      {
        feature: "airport_delays__dep_delay_mean_1d",
        differingCount: 1_200n,
        absoluteDifferenceMax: 2,
        absoluteDifferenceMean: 0.5,
        examples: [
          {
            served: { kind: { case: "float64Value", value: 1.5 } },
            joined: { kind: { case: undefined } },
          },
        ],
        examinedRowCount: 900n,
        causes: [{ kind: SkewCauseKind.LATE_DATA, dataVersions: [4n] }],
      },
      { feature: "carrier_delays__landed_1d", differingCount: 2n },
      { feature: "weather__temp" },
    ],
  });
  const table = skewTable(report, { airport_delays__dep_delay_mean_1d: 1_200 });
  expect(cells(table, "mean_1d").slice(1, -1)).toEqual([
    ...["airport_delays__dep_delay_mean_1d", "1,200", "1,200", "0.500", "2.000"],
    ...["1.500 served, null joined", "late data (data version 4)"],
  ]);
  expect(cells(table, "carrier_delays").slice(2, -1)).toEqual(["2", "0", "-", "-", "-", "not looked at"]);
  expect(table).not.toContain("weather__temp");
  expect(skewTable(report, {}, 1)).toContain("and more: 1 features");
});

test("a set of served rows is shown with its certificate", () => {
  const trainingSet = create(TrainingSetSchema, {
    rowCount: 9_000n,
    digest: "sha256:ab",
    servedRows: {
      releases: [{ release: "projects/p/releases/r1" }],
      logSegments: [{ segment: "s" }],
      leftOut: { withoutLabelCount: 7n },
    },
    certificate: {
      passed: true,
      sampledRowCount: 1_000n,
      mismatchCount: 0n,
      served: { loggedRowsDigest: "sha256:ab" },
    },
  });
  const table = loggedSetTable({ trainingSet, equalDigests: 9_000, equalLabels: 9_000 });
  expect(cells(table, "left out")[2]).toBe("7");
  expect(cells(table, "releases that answered")[2]).toBe("r1");
  expect(cells(table, "certificate")[2]).toBe("passed");
});
